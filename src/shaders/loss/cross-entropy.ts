// Softmax cross-entropy and its gradient, plain, with class weights, and focal.

import { defineKernel, optionalRead, read, settings, shape, write } from '../../runtime/kernel.ts';
import { exponential, finite, modulation, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './cross-entropy.wgsl?raw';

export interface LossSize {
  readonly images: number;
  readonly classes: number;
}

/** Logits of all images together. */
export const logitCount = (s: LossSize): number => s.images * s.classes;

/**
 * labels [N] and logits [N][classes] -> dlogits [N][classes], the gradient of the mean over the labelled images, times
 * `step.gradient_scale`; losses [N], whose sum is that mean; correct [N], 1 where the first of the largest logits is the
 * label's. A label outside [0, classes), say -1, means that an image has none. `step.label_smoothing` as PyTorch's.
 * WEIGHTED: `weights` [classes] as PyTorch's `weight`, and the mean is over the labels' weights. FOCAL: times (1 - p)^gamma.
 */
export const lossCrossEntropy = defineKernel({
  id: 'loss/cross-entropy',
  source,
  parts: [exponential, finite, modulation, step],
  parameters: { WORKGROUP: 64, WEIGHTED: false, FOCAL: false },
  bindings: {
    labels: read('i32', (s: LossSize) => s.images),
    logits: read('f32', logitCount),
    weights: optionalRead('f32', (s: LossSize, p) => (p.WEIGHTED ? s.classes : 0)),
    dlogits: write('f32', logitCount),
    losses: write('f32', (s: LossSize) => s.images),
    correct: write('u32', (s: LossSize) => s.images),
    step: settings(STEP_FIELDS),
    shape: shape({ images: 'u32', classes: 'u32' }),
  },
  shape: (s: LossSize) => ({ images: s.images, classes: s.classes }),
  grid: (s) => [s.images, 1, 1],
  cost: (s) => ({ flops: 50 * logitCount(s), bytes: 8 * logitCount(s) + 12 * s.images }),
});
