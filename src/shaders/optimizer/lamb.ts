// LAMB (You et al. 2020, arXiv 1904.00962): AdamW whose step is scaled per tensor, for large batches.

import type { Part } from '../../runtime/kernel.ts';
import source from './lamb.wgsl?raw';
import directionSource from './lamb-direction.wgsl?raw';
import { defineOptimizerKernel } from './update.ts';

export const LAMB_FIELDS = {
  learning_rate: 'f32',
  weight_decay: 'f32',
  beta1: 'f32',
  beta2: 'f32',
  epsilon: 'f32',
  bias_correction1: 'f32',
  bias_correction2: 'f32',
} as const;

/** `direction_of`: what the norms and the update are of. */
export const lambDirection: Part = { name: 'lamb-direction', source: directionSource };

/** Algorithm 2; `trust` comes from `optimizer/lamb-norms` and `optimizer/lamb-trust`. */
export const optimizerLamb = defineOptimizerKernel({
  id: 'optimizer/lamb',
  source,
  parts: [lambDirection],
  state: ['exp_avg', 'exp_avg_sq'],
  fields: LAMB_FIELDS,
  trusts: true,
  flops: 20,
});
