// Images of bytes into the network, normalised and, in training, mirrored and shifted at random.

import { ceilDiv, defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { random, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './augment.wgsl?raw';
import { type NchwSize, nchwValues } from './from-nchw.ts';

/**
 * pixels [N][C][H][W], four bytes per u32, the lowest first -> out [C][stride], byte * normalisation.x + normalisation.y:
 * for (byte / 255 - mean) / std, normalisation is (1 / (255 std), -mean / std). What a shift uncovers
 * is 0. `step.mirror`, `step.shift` and `step.seed` decide; the same seed gives the same images.
 */
export const layoutAugment = defineKernel({
  id: 'layout/augment',
  source,
  parts: [random, step],
  parameters: { WORKGROUP: 256 },
  bindings: {
    pixels: read('u32', (s: NchwSize) => ceilDiv(nchwValues(s), 4)),
    normalisation: read('vec2f', (s: NchwSize) => s.channels),
    out: write('f32', (s: NchwSize) => s.channels * s.stride),
    step: settings(STEP_FIELDS),
    shape: shape({ images: 'u32', channels: 'u32', height: 'u32', width: 'u32', stride: 'u32' }),
  },
  shape: ({ images, channels, height, width, stride }: NchwSize) => ({ images, channels, height, width, stride }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.images * s.height * s.width, WORKGROUP), s.channels, 1],
  cost: (s) => ({ flops: 2 * nchwValues(s), bytes: 5 * nchwValues(s) }),
});
