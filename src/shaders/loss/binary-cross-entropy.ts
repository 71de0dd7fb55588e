// Sigmoid cross-entropy of several findings per image (ChestX-ray14's loss), and its gradient: plain, with positive
// weights, and focal.

import { defineKernel, optionalRead, read, settings, shape, write } from '../../runtime/kernel.ts';
import { exponential, finite, modulation, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './binary-cross-entropy.wgsl?raw';
import { type LossSize, logitCount } from './cross-entropy.ts';

/**
 * labels [N][classes], 0 to 1 as f32 or NaN where missing (bound as their bits), and logits [N][classes] -> dlogits
 * [N][classes], the gradient of the mean over the present labels, times `step.gradient_scale`; losses [N], whose sum is
 * that mean; correct [N], how many present labels the logit's sign predicts. WEIGHTED: `weights`
 * [classes] as PyTorch's `pos_weight`. FOCAL: torchvision's sigmoid_focal_loss.
 */
export const lossBinaryCrossEntropy = defineKernel({
  id: 'loss/binary-cross-entropy',
  source,
  parts: [exponential, finite, modulation, step],
  parameters: { WORKGROUP: 64, WEIGHTED: false, FOCAL: false },
  bindings: {
    labels: read('u32', logitCount),
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
  cost: (s) => ({ flops: 60 * logitCount(s), bytes: 12 * logitCount(s) + 8 * s.images }),
});
