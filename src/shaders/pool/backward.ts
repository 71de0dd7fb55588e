// The gradient of BN-ReLU-max-pool, gathered by the pool's input pixels, with the sums that its batch norm needs.

import { defineKernel, optionalWrite, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { correction, relu, workgroupSum } from '../parts/parts.ts';
import source from './backward.wgsl?raw';
import { POOL_FIELDS, type PoolSize, pooledColumns, poolFields, poolTiles } from './shapes.ts';

const PARAMETERS = { ROWS: 4, HAS_SUMS: true } as const;

/** Column tiles of one channel's row: each leaves one (sum of g, sum of g * (x - mean)). */
export const backwardTiles = (s: PoolSize, { ROWS }: { readonly ROWS: number } = PARAMETERS): number =>
  poolTiles(s, ROWS);

/**
 * gradient, y [C][outStride], x [C][stride] -> out [C][stride] = scale * g, sums [C][tiles]; HAS_SUMS false: none, the
 * norm's statistics are constants.
 */
export const poolBackward = defineKernel({
  id: 'pool/backward',
  source,
  parts: [correction, relu, workgroupSum],
  parameters: PARAMETERS,
  bindings: {
    gradient: read('f32', (s: PoolSize) => s.channels * s.outStride),
    y: supportsF16Storage(read('f32', (s: PoolSize) => s.channels * s.outStride)),
    correction: read('vec4f', (s: PoolSize) => s.channels),
    x: supportsF16Storage(read('f32', (s: PoolSize) => s.channels * s.stride)),
    affine: read('vec4f', (s: PoolSize) => s.channels),
    out: write('f32', (s: PoolSize) => s.channels * s.stride),
    sums: optionalWrite('vec2f', (s: PoolSize, p) => (p.HAS_SUMS ? s.channels * poolTiles(s, Number(p.ROWS)) : 0)),
    shape: shape(POOL_FIELDS),
  },
  shape: poolFields,
  grid: (s: PoolSize, { ROWS }) => [poolTiles(s, ROWS), s.channels, 1],
  cost: (s, { ROWS, HAS_SUMS }, bytes) => ({
    flops: s.channels * (pooledColumns(s) * 24 + s.images * s.height * s.width * (HAS_SUMS ? 8 : 4)),
    bytes:
      s.channels *
      ((4 + bytes.x) * s.images * s.height * s.width +
        (4 + bytes.y) * pooledColumns(s) +
        (HAS_SUMS ? 8 * poolTiles(s, ROWS) : 0)),
  }),
});
