// The deferred correction of batch norm's backward as a pass of its own, for plans that save memory.

import { ceilDiv, defineKernel, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { correction } from '../parts/parts.ts';
import source from './correct.wgsl?raw';

export interface GradientCorrectSize {
  readonly channels: number;
  readonly columns: number;
  /** Floats from one channel's row to the next. */
  readonly stride: number;
}

/** Columns per invocation, so that a large map stays within the grid. */
const COLUMNS = 4;

/** gradient, y [C][stride] and correction [C] -> out [C][stride], the corrected gradient. */
export const gradientCorrect = defineKernel({
  id: 'gradient/correct',
  source,
  parts: [correction],
  parameters: { WORKGROUP: 64 },
  bindings: {
    gradient: read('f32', (s: GradientCorrectSize) => s.channels * s.stride),
    y: supportsF16Storage(read('f32', (s: GradientCorrectSize) => s.channels * s.stride)),
    correction: read('vec4f', (s: GradientCorrectSize) => s.channels),
    out: write('f32', (s: GradientCorrectSize) => s.channels * s.stride),
    shape: shape({ columns: 'u32', stride: 'u32' }),
  },
  shape: (s: GradientCorrectSize) => ({ columns: s.columns, stride: s.stride }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.columns, COLUMNS * WORKGROUP), s.channels, 1],
  cost: (s, _, bytes) => ({
    flops: 4 * s.channels * s.columns,
    bytes: (8 + bytes.y) * s.channels * s.columns,
  }),
});
