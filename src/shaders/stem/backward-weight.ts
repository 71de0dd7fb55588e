// The gradient of the weight of the convolution that an image enters by, split over columns so that many workgroups share it.

import { ceilDiv, defineKernel, read, shape, supportsF16Storage, write } from '../../runtime/kernel.ts';
import { DEFAULT_TARGET, type TileTarget } from '../../runtime/tile-target.ts';
import { correction } from '../parts/parts.ts';
import source from './backward-weight.wgsl?raw';
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

export interface BackwardWeightSize extends StemSize {
  /** How many splits the columns are divided into; each leaves its own partial sums. */
  readonly splitK: number;
}

/** 64 outputs and at most 4 channels: 224 invocations (3x3: 96). */
const MOST_GROUPS = 8;
const MOST_CHANNELS = 4;
/** Tiles of 16 columns that a workgroup walks over at least, so that its partials are worth their bytes. */
const FEWEST_UNITS = 8;

const evenly = (count: number, most: number) => ceilDiv(count, ceilDiv(count, most));

function tile(s: StemSize, { threads }: TileTarget, most = MOST_GROUPS) {
  const CHANNELS = evenly(s.inputs, MOST_CHANNELS);
  const fitting = Math.min(most, Math.floor(threads / (CHANNELS * s.kernelSize)));
  return { KERNEL: s.kernelSize, GROUPS: evenly(ceilDiv(s.outputs, 8), fitting), CHANNELS };
}

/** Splits that fill a GPU, times `factor`, as long as each has enough work. */
export function backwardWeightSplitK(
  s: StemSize,
  { GROUPS, CHANNELS }: { GROUPS: number; CHANNELS: number } = tile(s, DEFAULT_TARGET),
  factor = 1,
  { workgroups }: TileTarget = DEFAULT_TARGET,
): number {
  const tiles = ceilDiv(s.outputs, 8 * GROUPS) * ceilDiv(s.inputs, CHANNELS);
  const units = s.images * outputHeight(s) * ceilDiv(outputWidth(s), 16);
  return Math.max(1, Math.min(Math.round(factor * ceilDiv(workgroups, tiles)), Math.floor(units / FEWEST_UNITS)));
}

/** gradient, y [M][outStride], x [C][stride] -> partials [splits][M][C][taps] of d loss / d weight. */
export const stemBackwardWeight = defineKernel({
  id: 'stem/backward-weight',
  source,
  parts: [correction],
  parameters: { KERNEL: 7, GROUPS: 8, CHANNELS: 3 },
  bindings: {
    gradient: read('f32', (s: BackwardWeightSize) => s.outputs * s.outStride),
    y: supportsF16Storage(read('f32', (s: BackwardWeightSize) => s.outputs * s.outStride)),
    correction: read('vec4f', (s: BackwardWeightSize) => s.outputs),
    x: read('f32', (s: BackwardWeightSize) => s.inputs * s.stride),
    partials: write('f32', (s: BackwardWeightSize) => s.splitK * s.outputs * s.inputs * tapsOf(s)),
    shape: shape({ ...STEM_FIELDS, images: 'u32', splitK: 'u32' }),
  },
  choose: (s: BackwardWeightSize, target) => tile(s, target),
  tileCandidates: (s: BackwardWeightSize, target) =>
    [tile(s, target), tile(s, target, MOST_GROUPS / 2)]
      .filter(({ GROUPS }, i, all) => i === 0 || GROUPS !== all[0]?.GROUPS)
      .map((parameters) => ({
        name: `${8 * parameters.GROUPS} outputs`,
        parameters,
        density: s.outputs / (8 * parameters.GROUPS * ceilDiv(s.outputs, 8 * parameters.GROUPS)),
      })),
  splitK: backwardWeightSplitK,
  shape: (s: BackwardWeightSize) => ({ ...stemFields(s), images: s.images, splitK: s.splitK }),
  grid: (s, { GROUPS, CHANNELS }) => [s.splitK, ceilDiv(s.outputs, 8 * GROUPS), ceilDiv(s.inputs, CHANNELS)],
  cost: (s, _, bytes) => ({
    flops: convolutionFlops(s) + 4 * s.outputs * outputColumns(s),
    bytes:
      (4 + bytes.y) * s.outputs * outputColumns(s) +
      4 * s.inputs * (s.images * s.height * s.width + tapsOf(s) * s.splitK * s.outputs),
  }),
});
