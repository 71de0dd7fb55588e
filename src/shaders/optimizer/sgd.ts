// Stochastic gradient descent with momentum.

import source from './sgd.wgsl?raw';
import { defineOptimizerKernel } from './update.ts';

/** torch.optim.SGD without dampening. */
export const optimizerSgd = defineOptimizerKernel({
  id: 'optimizer/sgd',
  source,
  state: ['momentum_buffer'],
  fields: { learning_rate: 'f32', weight_decay: 'f32', momentum: 'f32', nesterov: 'u32' },
  flops: 9,
});
