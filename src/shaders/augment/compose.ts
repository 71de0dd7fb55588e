// Augmented bytes into the network: shifted, mirrored, flipped, normalised, erased and mixed.

import { ceilDiv, defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import { type NchwSize, nchwValues } from '../layout/from-nchw.ts';
import source from './compose.wgsl?raw';
import { pixels, sourceWords } from './parts.ts';
import { COMPOSITION_WORDS } from './records.ts';

/**
 * pixels (PACKED: [N][groups][H][W] words of four channels; otherwise bytes [N][C][H][W]) -> out [C][stride], byte * normalisation.x +
 * normalisation.y, as `records` ([N][4] vec4u) says.
 */
export const augmentCompose = defineKernel({
  id: 'augment/compose',
  source,
  parts: [pixels],
  parameters: { WORKGROUP: 256, PACKED: true },
  bindings: {
    pixels: read('u32', (s: NchwSize, p) => sourceWords({ ...s, sourceHeight: s.height, sourceWidth: s.width }, p)),
    normalisation: read('vec2f', (s: NchwSize) => s.channels),
    records: read('vec4u', (s: NchwSize) => (s.images * COMPOSITION_WORDS) / 4),
    out: write('f32', (s: NchwSize) => s.channels * s.stride),
    shape: shape({ images: 'u32', channels: 'u32', source_height: 'u32', source_width: 'u32', stride: 'u32' }),
  },
  shape: ({ images, channels, height, width, stride }: NchwSize) => ({
    images,
    channels,
    source_height: height,
    source_width: width,
    stride,
  }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.images * s.height * s.width, WORKGROUP), s.channels, 1],
  cost: (s) => ({ flops: 4 * nchwValues(s), bytes: 8 * nchwValues(s) }),
});
