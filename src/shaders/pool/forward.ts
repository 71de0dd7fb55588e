// BN-ReLU and max-pool 3x3/2 in one pass over the stem's output, and the statistics of what it writes.

import { defineKernel, optionalWrite, read, shape, write } from '../../runtime/kernel.ts';
import source from './forward.wgsl?raw';
import { POOL_FIELDS, type PoolSize, pooledColumns, poolFields, poolTiles } from './shapes.ts';
import { workgroupSum } from './workgroup-sum.ts';

const PARAMETERS = { ROWS: 4, HAS_STATISTICS: false } as const;

/** Column tiles of one channel's row: each leaves one (count, mean, M2). */
export const forwardTiles = (s: PoolSize, { ROWS }: { readonly ROWS: number } = PARAMETERS): number =>
  poolTiles(s, ROWS);

/** x [C][stride] -> out [C][outStride]: max of relu(batch norm) over 3x3 windows, and partials [C][tiles]. */
export const poolForward = defineKernel({
  id: 'pool/forward',
  source,
  parts: [workgroupSum],
  parameters: PARAMETERS,
  bindings: {
    x: read('f32', (s: PoolSize) => s.channels * s.stride),
    affine: read('vec4f', (s: PoolSize) => s.channels),
    out: write('f32', (s: PoolSize) => s.channels * s.outStride),
    partials: optionalWrite('vec4f', (s: PoolSize, p) =>
      p.HAS_STATISTICS ? s.channels * poolTiles(s, Number(p.ROWS)) : 0,
    ),
    shape: shape(POOL_FIELDS),
  },
  shape: poolFields,
  grid: (s: PoolSize, { ROWS }) => [poolTiles(s, ROWS), s.channels, 1],
  cost: (s, p) => ({
    flops: s.channels * pooledColumns(s) * (27 + (p.HAS_STATISTICS ? 4 : 0)),
    bytes:
      4 * s.channels * (s.images * s.height * s.width + pooledColumns(s)) +
      (p.HAS_STATISTICS ? 16 * s.channels * poolTiles(s, p.ROWS) : 0),
  }),
});
