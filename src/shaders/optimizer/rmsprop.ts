// RMSprop (Tieleman and Hinton 2012).

import source from './rmsprop.wgsl?raw';
import { defineOptimizerKernel } from './update.ts';

/** torch.optim.RMSprop, with momentum and centered; what of the state the options do not use stays as it is. */
export const optimizerRmsprop = defineOptimizerKernel({
  id: 'optimizer/rmsprop',
  source,
  state: ['square_avg', 'momentum_buffer', 'grad_avg'],
  fields: {
    learning_rate: 'f32',
    weight_decay: 'f32',
    alpha: 'f32',
    rest: 'f32',
    momentum: 'f32',
    epsilon: 'f32',
    centered: 'u32',
  },
  flops: 18,
});
