// Images into the network: NCHW to channel-major rows.

import { ceilDiv, defineKernel, optionalSettings, optionalWrite, read, shape, write } from '../../runtime/kernel.ts';
import { finite, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { VERDICT_WORDS, verdict } from '../parts/verdict.ts';
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

/** x [N][C][H][W] -> out [C][stride]; RECORDS: the first image that holds NaN or infinity is noted in `verdict`. */
export const layoutFromNchw = defineKernel({
  id: 'layout/from-nchw',
  source,
  parts: [finite, step, verdict],
  parameters: { WORKGROUP: 256, RECORDS: false },
  bindings: {
    x: read('f32', nchwValues),
    out: write('f32', (s: NchwSize) => s.channels * s.stride),
    verdict: optionalWrite('atomic<u32>', (_: NchwSize, p) => (p.RECORDS ? VERDICT_WORDS : 0)),
    step: optionalSettings(STEP_FIELDS),
    shape: shape({ images: 'u32', channels: 'u32', pixels: 'u32', stride: 'u32' }),
  },
  shape: (s: NchwSize) => ({ images: s.images, channels: s.channels, pixels: s.height * s.width, stride: s.stride }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.images * s.height * s.width, WORKGROUP), s.channels, 1],
  cost: (s) => ({ flops: 0, bytes: 8 * nchwValues(s) }),
});
