// The classifier: a linear layer over the pooled channels.

import { ceilDiv, defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import source from './linear.wgsl?raw';
import { HEAD_FIELDS, type HeadSize, headFields, linearFlops } from './shapes.ts';

const CLASSES = 4;

/** weight [classes][C], pooled [C][images] -> out [images][classes] = logits. */
export const headLinear = defineKernel({
  id: 'head/linear',
  source,
  parameters: { IMAGES: 4 },
  bindings: {
    weight: read('f32', (s: HeadSize) => s.classes * s.channels),
    bias: read('f32', (s: HeadSize) => s.classes),
    pooled: read('f32', (s: HeadSize) => s.channels * s.images),
    out: write('f32', (s: HeadSize) => s.images * s.classes),
    shape: shape(HEAD_FIELDS),
  },
  choose: (s: HeadSize) => ({ IMAGES: Math.min(s.images, 4) }),
  shape: headFields,
  grid: (s, { IMAGES }) => [ceilDiv(s.classes, CLASSES), ceilDiv(s.images, IMAGES), 1],
  cost: (s) => ({
    flops: linearFlops(s),
    bytes: 4 * (s.classes * (s.channels + 1) + s.images * (s.channels + s.classes)),
  }),
});
