// The 1x1 convolution's gradient with respect to its weights: a matrix product whose sum runs over the batch's pixels,
// split over workgroups. What the splits leave, gradient/reduce sums.

import {
  ceilDiv,
  defineKernel,
  optionalRead,
  optionalSettings,
  read,
  shape,
  supportsF16Storage,
  write,
} from '../../runtime/kernel.ts';
import { DEFAULT_TARGET, type TileTarget } from '../../runtime/tile-target.ts';
import { DROPOUT_FIELDS, dropoutValues, drops } from '../parts/dropout.ts';
import { activation, correction, random, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './backward-weight.wgsl?raw';
import { type Conv1x1Size, merge } from './product.ts';
import { type Product, weightTile, weightTileCandidates } from './tiles.ts';

export interface Conv1x1BackwardWeightSize extends Conv1x1Size {
  /** Parts of the columns that are summed apart: see backwardWeightSplitK. */
  readonly splitK: number;
}

type Maps = Pick<Conv1x1BackwardWeightSize, 'inputs' | 'outputs' | 'columns'>;

/** Columns that are staged at a time: TILE_P of the shader. */
const STAGED = 16;
const LARGEST_SPLITS = 128;
/** Fewer columns per split than this cost more in partials than they gain in workgroups. */
const SMALLEST_SPLIT = 256;
const LARGEST_PARTIAL_BYTES = 8 * 2 ** 20;

/** The most splits that the columns and the partials' memory allow. */
const largestSplitK = (s: Maps): number => {
  const memory = Math.floor(LARGEST_PARTIAL_BYTES / (4 * s.inputs * s.outputs));
  return Math.max(1, Math.min(LARGEST_SPLITS, Math.floor(s.columns / SMALLEST_SPLIT), memory));
};

/** Every split sums over its part of the columns. */
const product = (s: Maps): Product => ({
  rows: s.outputs,
  columns: s.inputs,
  terms: s.columns,
  splitK: largestSplitK(s),
});

/** How many splits give enough workgroups, times `factor`; pure, so that a plan can size the partials. */
export function backwardWeightSplitK(
  s: Maps,
  { TILE_B, TILE_C }: { TILE_B: number; TILE_C: number } = weightTile(product(s), DEFAULT_TARGET),
  factor = 1,
  { workgroups }: TileTarget = DEFAULT_TARGET,
): number {
  const tiles = ceilDiv(s.outputs, TILE_B) * ceilDiv(s.inputs, TILE_C);
  const wanted = Math.max(1, Math.min(largestSplitK(s), Math.round(factor * ceilDiv(workgroups, tiles))));
  // No split may be left without columns: the partials of an empty one would be written for nothing.
  return ceilDiv(s.columns, STAGED * ceilDiv(ceilDiv(s.columns, STAGED), wanted));
}

/** Columns of one split; the last may have fewer, down to none. */
export const backwardWeightChunk = (s: Pick<Conv1x1BackwardWeightSize, 'columns' | 'splitK'>): number =>
  STAGED * ceilDiv(ceilDiv(s.columns, STAGED), s.splitK);

/**
 * partials [splits][B][C], PyTorch's order: sum over a split's columns of dy [B][stride] * a [C][stride],
 * dy = corrected(gradient, y, correction), a = relu(x * scale + shift), or x itself without HAS_PROLOGUE.
 */
export const conv1x1BackwardWeight = defineKernel({
  id: 'conv1x1/backward-weight',
  source,
  parts: [activation, correction, merge, random, step],
  parameters: {
    TILE_B: 64,
    TILE_C: 64,
    THREAD_B: 8,
    THREAD_C: 8,
    SLICES: 1,
    HAS_PROLOGUE: true,
    HAS_DROPOUT: false,
  },
  bindings: {
    gradient: read('vec4f', (s: Conv1x1BackwardWeightSize) => (s.outputs * s.stride) / 4),
    y: supportsF16Storage(read('vec4f', (s: Conv1x1BackwardWeightSize) => (s.outputs * s.stride) / 4)),
    correction: read('vec4f', (s: Conv1x1BackwardWeightSize) => s.outputs),
    x: supportsF16Storage(read('vec4f', (s: Conv1x1BackwardWeightSize) => (s.inputs * s.stride) / 4)),
    affine: optionalRead('vec4f', (s: Conv1x1BackwardWeightSize, p) => (p.HAS_PROLOGUE ? s.inputs : 0)),
    partials: write('f32', (s: Conv1x1BackwardWeightSize) => s.splitK * s.outputs * s.inputs),
    shape: shape({
      inputs: 'u32',
      outputs: 'u32',
      columns: 'u32',
      stride4: 'u32',
      steps: 'u32',
      all_steps: 'u32',
      ...DROPOUT_FIELDS,
    }),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv1x1BackwardWeightSize, target) => ({ ...weightTile(product(s), target), HAS_DROPOUT: drops(s) }),
  tileCandidates: (s: Conv1x1BackwardWeightSize, target) => weightTileCandidates(product(s), target),
  splitK: backwardWeightSplitK,
  shape: (s) => ({
    inputs: s.inputs,
    outputs: s.outputs,
    columns: s.columns,
    stride4: s.stride / 4,
    steps: backwardWeightChunk(s) / STAGED,
    all_steps: ceilDiv(s.columns, STAGED),
    ...dropoutValues(s),
  }),
  grid: (s, p) => [ceilDiv(s.inputs, p.TILE_C), ceilDiv(s.outputs, p.TILE_B), s.splitK],
  cost: (s, p, bytes) => ({
    flops: (2 * s.inputs * s.outputs + 4 * s.outputs + (p.HAS_PROLOGUE ? 3 * s.inputs : 0)) * s.columns,
    bytes: ((4 + bytes.y) * s.outputs + bytes.x * s.inputs) * s.columns + 4 * s.splitK * s.inputs * s.outputs,
  }),
});
