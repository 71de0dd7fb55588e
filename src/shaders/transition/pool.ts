// Transition pooling: BN-ReLU and a 2x2 average, in one pass.

import { ceilDiv, defineKernel, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { activation, storePart } from '../parts/parts.ts';
import source from './pool.wgsl?raw';
import storeSource from './pool-store.wgsl?raw';
import storeF16Source from './pool-store-f16.wgsl?raw';

export interface PoolSize {
  readonly channels: number;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Floats from one channel's row to the next, before and after pooling. */
  readonly stride: number;
  readonly outStride: number;
}

const outputs = (s: PoolSize) => s.images * (s.height >> 1) * (s.width >> 1);

const store = storePart('transition/pool-store', storeSource, storeF16Source);

/** x [C][stride] -> out [C][out_stride]: mean of relu(batch norm) over 2x2 windows; an odd edge is dropped. */
export const transitionPool = defineKernel({
  id: 'transition/pool',
  source,
  parts: [activation, store],
  parameters: { WORKGROUP: 64 },
  bindings: {
    x: supportsF16Storage(read('f32', (s: PoolSize) => s.channels * s.stride)),
    affine: read('vec4f', (s: PoolSize) => s.channels),
    out: supportsF16Storage(write('f32', (s: PoolSize) => s.channels * s.outStride)),
    shape: shape({ images: 'u32', height: 'u32', width: 'u32', stride: 'u32', out_stride: 'u32' }),
  },
  shape: (s: PoolSize) => ({
    images: s.images,
    height: s.height,
    width: s.width,
    stride: s.stride,
    out_stride: s.outStride,
  }),
  grid: (s, { WORKGROUP }) => [ceilDiv(outputs(s), WORKGROUP), s.channels, 1],
  cost: (s, _, bytes) => ({
    flops: 17 * outputs(s) * s.channels,
    bytes: (4 * bytes.x + bytes.out) * outputs(s) * s.channels,
  }),
});
