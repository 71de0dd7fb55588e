// BN-ReLU and max-pool 3x3/2 in one pass over the stem's output, and the statistics of what it writes.

import { defineKernel, optionalWrite, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { activation, storePart, workgroupSum } from '../parts/parts.ts';
import source from './forward.wgsl?raw';
import storeSource from './forward-store.wgsl?raw';
import storeF16Source from './forward-store-f16.wgsl?raw';
import { POOL_FIELDS, type PoolSize, pooledColumns, poolFields, poolTiles } from './shapes.ts';

const PARAMETERS = { ROWS: 4, HAS_STATISTICS: false } as const;

/** Column tiles of one channel's row: each leaves one (count, mean, M2). */
export const forwardTiles = (s: PoolSize, { ROWS }: { readonly ROWS: number } = PARAMETERS): number =>
  poolTiles(s, ROWS);

const store = storePart('pool/forward-store', storeSource, storeF16Source);

/** x [C][stride] -> out [C][outStride]: max of relu(batch norm) over 3x3 windows, and partials [C][tiles]. */
export const poolForward = defineKernel({
  id: 'pool/forward',
  source,
  parts: [activation, store, workgroupSum],
  parameters: PARAMETERS,
  bindings: {
    x: supportsF16Storage(read('f32', (s: PoolSize) => s.channels * s.stride)),
    affine: read('vec4f', (s: PoolSize) => s.channels),
    out: supportsF16Storage(write('f32', (s: PoolSize) => s.channels * s.outStride)),
    partials: optionalWrite('vec4f', (s: PoolSize, p) =>
      p.HAS_STATISTICS ? s.channels * poolTiles(s, Number(p.ROWS)) : 0,
    ),
    shape: shape(POOL_FIELDS),
  },
  shape: poolFields,
  grid: (s: PoolSize, { ROWS }) => [poolTiles(s, ROWS), s.channels, 1],
  cost: (s, p, bytes) => ({
    flops: s.channels * pooledColumns(s) * (27 + (p.HAS_STATISTICS ? 4 : 0)),
    bytes:
      s.channels * (bytes.x * s.images * s.height * s.width + bytes.out * pooledColumns(s)) +
      (p.HAS_STATISTICS ? 16 * s.channels * poolTiles(s, p.ROWS) : 0),
  }),
});
