// The gradient of the pooled channels.

import { ceilDiv, defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import source from './backward-data.wgsl?raw';
import { HEAD_FIELDS, type HeadSize, headFields, linearFlops } from './shapes.ts';

const CHANNELS = 32;
const IMAGES = 4;

/** weight [classes][C], dlogits [images][classes] -> out [C][images] = d loss / d pooled. */
export const headBackwardData = defineKernel({
  id: 'head/backward-data',
  source,
  parameters: { WORKGROUP: 256 },
  bindings: {
    weight: read('f32', (s: HeadSize) => s.classes * s.channels),
    dlogits: read('f32', (s: HeadSize) => s.images * s.classes),
    out: write('f32', (s: HeadSize) => s.channels * s.images),
    shape: shape(HEAD_FIELDS),
  },
  shape: headFields,
  grid: (s: HeadSize) => [ceilDiv(s.channels, CHANNELS), ceilDiv(s.images, IMAGES), 1],
  cost: (s) => ({
    flops: linearFlops(s),
    bytes: 4 * (s.classes * s.channels + s.images * (s.channels + s.classes)),
  }),
});
