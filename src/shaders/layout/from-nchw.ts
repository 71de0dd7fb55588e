// Images into the network: NCHW to channel-major rows.

import { ceilDiv, defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import source from './from-nchw.wgsl?raw';

export interface NchwSize {
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Floats from one channel's row to the next. */
  readonly stride: number;
}

/** Values of all images together. */
export const nchwValues = (s: NchwSize): number => s.images * s.channels * s.height * s.width;

/** x [N][C][H][W] -> out [C][stride]. */
export const layoutFromNchw = defineKernel({
  id: 'layout/from-nchw',
  source,
  parameters: { WORKGROUP: 256 },
  bindings: {
    x: read('f32', nchwValues),
    out: write('f32', (s: NchwSize) => s.channels * s.stride),
    shape: shape({ images: 'u32', channels: 'u32', pixels: 'u32', stride: 'u32' }),
  },
  shape: (s: NchwSize) => ({ images: s.images, channels: s.channels, pixels: s.height * s.width, stride: s.stride }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.images * s.height * s.width, WORKGROUP), s.channels, 1],
  cost: (s) => ({ flops: 0, bytes: 8 * nchwValues(s) }),
});
