// Gradients of images out of the network: channel-major rows to NCHW.

import { ceilDiv, defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import { type NchwSize, nchwValues } from './from-nchw.ts';
import source from './to-nchw.wgsl?raw';

/** x [C][stride] -> out [N][C][H][W]. */
export const layoutToNchw = defineKernel({
  id: 'layout/to-nchw',
  source,
  parameters: { WORKGROUP: 256 },
  bindings: {
    x: read('f32', (s: NchwSize) => s.channels * s.stride),
    out: write('f32', nchwValues),
    shape: shape({ images: 'u32', channels: 'u32', pixels: 'u32', stride: 'u32' }),
  },
  shape: (s: NchwSize) => ({ images: s.images, channels: s.channels, pixels: s.height * s.width, stride: s.stride }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.images * s.height * s.width, WORKGROUP), s.channels, 1],
  cost: (s) => ({ flops: 0, bytes: 8 * nchwValues(s) }),
});
