// The gradients of the classifier's weight and bias, straight into the gradient arena.

import { ceilDiv, defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { gradient, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './backward-weight.wgsl?raw';
import { HEAD_FIELDS, type HeadSize, headFields, linearFlops } from './shapes.ts';

const CHANNELS = 64;
const CLASSES = 16;

/** dlogits [images][classes], pooled [C][images] -> weightGradient [classes][C], biasGradient [classes]. */
export const headBackwardWeight = defineKernel({
  id: 'head/backward-weight',
  source,
  parts: [gradient, step],
  parameters: {},
  bindings: {
    dlogits: read('f32', (s: HeadSize) => s.images * s.classes),
    pooled: read('f32', (s: HeadSize) => s.channels * s.images),
    weightGradient: write('f32', (s: HeadSize) => s.classes * s.channels),
    biasGradient: write('f32', (s: HeadSize) => s.classes),
    step: settings(STEP_FIELDS),
    shape: shape(HEAD_FIELDS),
  },
  shape: headFields,
  grid: (s: HeadSize) => [ceilDiv(s.channels + 1, CHANNELS), ceilDiv(s.classes, CLASSES), 1],
  cost: (s) => ({
    flops: linearFlops(s) + s.classes * s.images,
    bytes: 4 * (2 * s.classes * (s.channels + 1) + s.images * (s.channels + s.classes)),
  }),
});
