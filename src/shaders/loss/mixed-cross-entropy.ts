// Softmax cross-entropy of images that are mixed in pairs, and its gradient.

import { defineKernel, optionalRead, read, settings, shape, write } from '../../runtime/kernel.ts';
import { COMPOSITION_WORDS } from '../augment/records.ts';
import { exponential, finite, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { type LossSize, logitCount } from './cross-entropy.ts';
import source from './mixed-cross-entropy.wgsl?raw';

/**
 * As `lossCrossEntropy`, with the target w [label] + (1 - w) [partner's label]; w and partner are those of `records`, the
 * compositions that augment/compose has mixed the images by. `correct` is 1 where the largest logit is the heavier label's.
 * WEIGHTED: `weights` [classes] as PyTorch's `weight`; the mean is over the images, as PyTorch's with such targets.
 */
export const lossMixedCrossEntropy = defineKernel({
  id: 'loss/mixed-cross-entropy',
  source,
  parts: [exponential, finite, step],
  parameters: { WORKGROUP: 64, WEIGHTED: false },
  bindings: {
    labels: read('i32', (s: LossSize) => s.images),
    records: read('vec4u', (s: LossSize) => (s.images * COMPOSITION_WORDS) / 4),
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
  cost: (s) => ({ flops: 55 * logitCount(s), bytes: 8 * logitCount(s) + 28 * s.images }),
});
