// AdamW (Loshchilov and Hutter 2019).

import source from './adamw.wgsl?raw';
import { defineOptimizerKernel } from './update.ts';

/**
 * torch.optim.AdamW. The state's weights are 1 - beta of float32 betas: for averages without bias, the bias corrections
 * must come from the same rounded betas.
 */
export const optimizerAdamw = defineOptimizerKernel({
  id: 'optimizer/adamw',
  source,
  state: ['exp_avg', 'exp_avg_sq'],
  fields: {
    learning_rate: 'f32',
    weight_decay: 'f32',
    beta1: 'f32',
    beta2: 'f32',
    epsilon: 'f32',
    bias_correction1: 'f32',
    bias_correction2: 'f32',
  },
  flops: 18,
});
