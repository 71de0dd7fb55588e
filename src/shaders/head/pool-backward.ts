// The gradient of the global average pool of BN-ReLU, with the sums that its batch norm needs.

import { ceilDiv, defineKernel, optionalWrite, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { relu, workgroupSum } from '../parts/parts.ts';
import source from './pool-backward.wgsl?raw';
import { HEAD_POOL_FIELDS, type HeadPoolSize, headPoolFields } from './shapes.ts';

const TILE = 256;

/** Column tiles of one channel's row: each leaves one (sum of g, sum of g * (x - mean)). */
export const poolBackwardTiles = (s: HeadPoolSize): number => ceilDiv(s.images * s.area, TILE);

/**
 * dpooled [C][images], x [C][stride] -> out [C][stride] = scale * g, sums [C][tiles]; HAS_SUMS false: none, the norm's
 * statistics are constants.
 */
export const headPoolBackward = defineKernel({
  id: 'head/pool-backward',
  source,
  parts: [relu, workgroupSum],
  parameters: { HAS_SUMS: true },
  bindings: {
    dpooled: read('f32', (s: HeadPoolSize) => s.channels * s.images),
    x: supportsF16Storage(read('f32', (s: HeadPoolSize) => s.channels * s.stride)),
    affine: read('vec4f', (s: HeadPoolSize) => s.channels),
    out: write('f32', (s: HeadPoolSize) => s.channels * s.stride),
    sums: optionalWrite('vec2f', (s: HeadPoolSize, p) => (p.HAS_SUMS ? s.channels * poolBackwardTiles(s) : 0)),
    shape: shape(HEAD_POOL_FIELDS),
  },
  shape: headPoolFields,
  grid: (s: HeadPoolSize) => [poolBackwardTiles(s), s.channels, 1],
  cost: (s, { HAS_SUMS }, bytes) => ({
    flops: (HAS_SUMS ? 8 : 4) * s.channels * s.images * s.area,
    bytes: s.channels * s.images * ((4 + bytes.x) * s.area + 4),
  }),
});
