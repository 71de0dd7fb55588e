// Lion (Chen et al. 2023, arXiv 2302.06675).

import source from './lion.wgsl?raw';
import { defineOptimizerKernel } from './update.ts';

/** Evolved sign momentum: one state tensor, and steps of one length. */
export const optimizerLion = defineOptimizerKernel({
  id: 'optimizer/lion',
  source,
  state: ['exp_avg'],
  fields: { learning_rate: 'f32', weight_decay: 'f32', beta1: 'f32', beta2: 'f32' },
  flops: 13,
});
