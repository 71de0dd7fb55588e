// Backward of transition pooling, in one pass: the first to write its block's gradient.

import { ceilDiv, defineKernel, optionalWrite, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { relu } from '../parts/parts.ts';
import type { PoolSize } from './pool.ts';
import source from './pool-backward.wgsl?raw';

const WORKGROUP = 64;
const ITEMS = 4;

/** Windows of a channel, those that an odd edge cuts off included. */
const windows = (s: PoolSize) => s.images * ceilDiv(s.height, 2) * ceilDiv(s.width, 2);
const values = (s: PoolSize) => s.channels * s.images * s.height * s.width;

/** Sums per channel: the second axis of `sums`. */
export const poolBackwardTiles = (s: PoolSize): number => ceilDiv(windows(s), WORKGROUP * ITEMS);

/**
 * dpooled [C][outStride] and x [C][stride] -> out [C][stride], scale * g, every valid column written; and sums
 * [C][tiles] (sum of g, sum of g * (x - mean)), g = dpooled / 4 * [activation > 0], 0 on an odd edge. HAS_SUMS false: no
 * sums, the norm's statistics are constants.
 */
export const transitionPoolBackward = defineKernel({
  id: 'transition/pool-backward',
  source,
  parts: [relu],
  parameters: { WORKGROUP, ITEMS, HAS_SUMS: true },
  bindings: {
    dpooled: read('f32', (s: PoolSize) => s.channels * s.outStride),
    x: supportsF16Storage(read('f32', (s: PoolSize) => s.channels * s.stride)),
    affine: read('vec4f', (s: PoolSize) => s.channels),
    out: write('f32', (s: PoolSize) => s.channels * s.stride),
    sums: optionalWrite('vec2f', (s: PoolSize, p) => (p.HAS_SUMS ? s.channels * poolBackwardTiles(s) : 0)),
    shape: shape({ images: 'u32', height: 'u32', width: 'u32', stride: 'u32', out_stride: 'u32', tiles: 'u32' }),
  },
  shape: (s: PoolSize) => ({
    images: s.images,
    height: s.height,
    width: s.width,
    stride: s.stride,
    out_stride: s.outStride,
    tiles: poolBackwardTiles(s),
  }),
  grid: (s) => [poolBackwardTiles(s), s.channels, 1],
  cost: (s, { HAS_SUMS }, bytes) => ({
    flops: (HAS_SUMS ? 8 : 4) * values(s),
    bytes: (5 + bytes.x) * values(s) + (HAS_SUMS ? 8 * s.channels * poolBackwardTiles(s) : 0),
  }),
});
