// Sizes that the pool's suites share, and where their kernels' tiles lie.

import { type PoolSize, pooledColumns } from '../../../../src/shaders/pool/shapes.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';

const roundUp = (n: number) => Math.ceil(n / 64) * 64;

export function poolSize(channels: number, images: number, height: number, width: number): PoolSize {
  const open = { channels, images, height, width, stride: roundUp(images * height * width), outStride: 0 };
  return { ...open, outStride: roundUp(pooledColumns(open)) };
}

export const SIZES = {
  'one pixel': poolSize(1, 1, 1, 1),
  'a window and an edge': poolSize(2, 1, 2, 3),
  'an odd edge': poolSize(3, 5, 7, 9),
  'one row': poolSize(2, 3, 1, 40),
  'one column': poolSize(2, 3, 40, 1),
  'one less than a tile': poolSize(2, 1, 8, 126),
  'one more than a tile': poolSize(2, 1, 8, 130),
  '16x16': poolSize(16, 3, 16, 16),
  '112x112, behind a 224x224 image': poolSize(3, 2, 112, 112),
};

export const randomSize = (r: Random) =>
  poolSize(r.pick([1, 2, 66]), r.integer(1, 5), r.integer(1, 40), r.integer(1, 40));
