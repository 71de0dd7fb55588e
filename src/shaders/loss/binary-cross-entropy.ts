// Sigmoid cross-entropy of several findings per image (ChestX-ray14's loss), and its gradient.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { exponential, finite, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './binary-cross-entropy.wgsl?raw';
import { type LossSize, logitCount } from './cross-entropy.ts';

/**
 * labels [N][classes], 0 to 1 as f32 or NaN where missing (bound as their bits), and logits [N][classes] -> dlogits
 * [N][classes], the gradient of the mean over the present labels, times `step.gradient_scale`; losses [N], whose sum is
 * that mean; correct [N], how many present labels the logit's sign predicts.
 */
export const lossBinaryCrossEntropy = defineKernel({
  id: 'loss/binary-cross-entropy',
  source,
  parts: [exponential, finite, step],
  parameters: { WORKGROUP: 64 },
  bindings: {
    labels: read('u32', logitCount),
    logits: read('f32', logitCount),
    dlogits: write('f32', logitCount),
    losses: write('f32', (s: LossSize) => s.images),
    correct: write('u32', (s: LossSize) => s.images),
    step: settings(STEP_FIELDS),
    shape: shape({ images: 'u32', classes: 'u32' }),
  },
  shape: (s: LossSize) => ({ images: s.images, classes: s.classes }),
  grid: (s) => [s.images, 1, 1],
  cost: (s) => ({ flops: 60 * logitCount(s), bytes: 12 * logitCount(s) + 8 * s.images }),
});
