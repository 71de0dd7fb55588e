// Shapes of the max-pool behind the ImageNet stem: 3x3 windows, stride 2, padding 1 (Huang et al., table 1). H x W is
// its input, half of that (rounded up) its output: window (r, w) is centred on pixel (2 r, 2 w).

import { ceilDiv } from '../../runtime/kernel.ts';

export interface PoolSize {
  readonly channels: number;
  readonly images: number;
  /** Of the pool's input. */
  readonly height: number;
  readonly width: number;
  /** Floats from one channel's row to the next, before and after pooling. */
  readonly stride: number;
  readonly outStride: number;
}

/** floor((height + 2 - 3) / 2) + 1 */
export const pooledHeight = (s: PoolSize): number => (s.height + 1) >> 1;
export const pooledWidth = (s: PoolSize): number => (s.width + 1) >> 1;
export const pooledColumns = (s: PoolSize): number => s.images * pooledHeight(s) * pooledWidth(s);

/**
 * An invocation walks down ROWS rows of the pooled map in one of its columns; 64 of them are a tile, numbered along
 * columns, then down strips of rows, then images.
 */
export const INVOCATIONS = 64;
export const poolTiles = (s: PoolSize, ROWS: number): number =>
  ceilDiv(s.images * ceilDiv(pooledHeight(s), ROWS) * pooledWidth(s), INVOCATIONS);

export const POOL_FIELDS = { images: 'u32', height: 'u32', width: 'u32', stride: 'u32', out_stride: 'u32' } as const;

export const poolFields = (s: PoolSize) => ({
  images: s.images,
  height: s.height,
  width: s.width,
  stride: s.stride,
  out_stride: s.outStride,
});
