// Global average pool of BN-ReLU: one number per channel and image.

import { ceilDiv, defineKernel, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { activation } from '../parts/parts.ts';
import source from './pool.wgsl?raw';
import { HEAD_POOL_FIELDS, type HeadPoolSize, headPoolFields } from './shapes.ts';

const INVOCATIONS = 64;
/** Maps of up to this many pixels are summed by 16 invocations, larger ones by the whole workgroup. */
const SMALL_AREA = 256;
/** Workgroups along the first axis of the grid: an axis takes at most 65,535. */
const ACROSS = 4096;

/** x [C][stride] -> out [C][images]: mean of relu(batch norm) over each image. */
export const headPool = defineKernel({
  id: 'head/pool',
  source,
  parts: [activation],
  parameters: { LANES: 16 },
  bindings: {
    x: supportsF16Storage(read('f32', (s: HeadPoolSize) => s.channels * s.stride)),
    affine: read('vec4f', (s: HeadPoolSize) => s.channels),
    out: write('f32', (s: HeadPoolSize) => s.channels * s.images),
    shape: shape(HEAD_POOL_FIELDS),
  },
  choose: (s: HeadPoolSize) => ({ LANES: s.area <= SMALL_AREA ? 16 : INVOCATIONS }),
  shape: headPoolFields,
  grid: (s, { LANES }) => {
    const workgroups = ceilDiv(s.channels * s.images, INVOCATIONS / LANES);
    return [Math.min(workgroups, ACROSS), ceilDiv(workgroups, ACROSS), 1];
  },
  cost: (s, _, bytes) => ({
    flops: 4 * s.channels * s.images * s.area,
    bytes: s.channels * s.images * (bytes.x * s.area + 4),
  }),
});
