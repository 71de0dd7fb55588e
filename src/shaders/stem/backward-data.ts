// The gradient of the image through the convolution that it enters by: not needed to train, but exact where it is requested.

import { ceilDiv, defineKernel, read, roundUp, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { correction } from '../parts/parts.ts';
import source from './backward-data.wgsl?raw';
import {
  convolutionFlops,
  outputColumns,
  outputHeight,
  outputWidth,
  STEM_FIELDS,
  type StemSize,
  stemFields,
  tapsOf,
} from './shapes.ts';

/** Input channels per workgroup: an invocation has 16 pixels of each, 64 registers. */
const MOST_CHANNELS = 4;
const INVOCATIONS = 64;
const QUADS = 4;

/** The widest arrangement of 64 invocations that wastes least of a map. */
function across(s: StemSize): number {
  const area = (n: number) => roundUp(outputWidth(s), QUADS * n) * roundUp(outputHeight(s), INVOCATIONS / n);
  return [8, 4, 2].reduce((best, n) => (area(n) < area(best) ? n : best));
}

/** weight [M][C][taps], gradient, y [M][outStride] -> out [C][stride] = d loss / d x. */
export const stemBackwardData = defineKernel({
  id: 'stem/backward-data',
  source,
  parts: [correction],
  parameters: { KERNEL: 7, CHANNELS: 3, ACROSS: 8 },
  bindings: {
    weight: read('f32', (s: StemSize) => s.outputs * s.inputs * tapsOf(s)),
    gradient: read('f32', (s: StemSize) => s.outputs * s.outStride),
    y: supportsF16Storage(read('f32', (s: StemSize) => s.outputs * s.outStride)),
    correction: read('vec4f', (s: StemSize) => s.outputs),
    out: write('f32', (s: StemSize) => s.inputs * s.stride),
    shape: shape({ ...STEM_FIELDS, images: 'u32' }),
  },
  choose: (s: StemSize) => ({
    KERNEL: s.kernelSize,
    CHANNELS: ceilDiv(s.inputs, ceilDiv(s.inputs, MOST_CHANNELS)),
    ACROSS: across(s),
  }),
  tileCandidates: (s: StemSize) => {
    const CHANNELS = ceilDiv(s.inputs, ceilDiv(s.inputs, MOST_CHANNELS));
    const widths = [across(s), ...[8, 4, 2].filter((n) => n !== across(s))];
    return widths.map((ACROSS) => ({
      name: `${QUADS * ACROSS}x${INVOCATIONS / ACROSS}`,
      parameters: { KERNEL: s.kernelSize, CHANNELS, ACROSS },
      density:
        (outputWidth(s) * outputHeight(s)) /
        (roundUp(outputWidth(s), QUADS * ACROSS) * roundUp(outputHeight(s), INVOCATIONS / ACROSS)),
    }));
  },
  shape: (s) => ({ ...stemFields(s), images: s.images }),
  grid: (s, { CHANNELS, ACROSS }) => [
    ceilDiv(outputWidth(s), QUADS * ACROSS),
    ceilDiv(outputHeight(s), INVOCATIONS / ACROSS),
    s.images * ceilDiv(s.inputs, CHANNELS),
  ],
  cost: (s, _, bytes) => ({
    flops: convolutionFlops(s) + 4 * s.outputs * outputColumns(s),
    bytes:
      (4 + bytes.y) * s.outputs * outputColumns(s) +
      4 * s.inputs * (s.images * s.height * s.width + tapsOf(s) * s.outputs),
  }),
});
