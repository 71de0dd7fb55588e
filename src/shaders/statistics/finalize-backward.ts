// From the sums that a norm's backward leaves behind to its gradients and its share of the deferred correction, and beside
// it from weights' partial gradients to their gradients.

import { ceilDiv, defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { gradient, lanes, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import {
  type SummedWeight,
  WEIGHT_BINDINGS,
  WEIGHT_FIELDS,
  weightCost,
  weightFields,
  weightGroups,
  weightSums,
} from '../parts/weight-sums.ts';
import { spread } from './batch-norm.ts';
import source from './finalize-backward.wgsl?raw';

export interface FinalizeBackwardSize {
  readonly channels: number;
  /** Sums per row. */
  readonly tiles: number;
  /** Values per row: images * height * width. */
  readonly count: number;
  /** Where the gradients of gamma and beta begin in the arena, in floats. */
  readonly gamma: number;
  readonly beta: number;
  /** Floats of the arena. */
  readonly arena: number;
  /** Up to SUMMED_AT_ONCE weights whose partial gradients are summed too. */
  readonly weights: readonly SummedWeight[];
}

/**
 * sums [channels][tiles] (sum of g, sum of g * (x - mean)) -> the gradients of gamma and beta [channels] in the arena, over
 * micro-batches as `step.accumulate` says, and correction [channels] (a, b, mean, 0). `ACCUMULATES: true` adds a and b to what
 * other readers of the same channels have left; the first of them in backward, and a norm with a single reader, overwrite.
 * The gradients of `weights` as gradient/reduce makes them.
 */
export const statisticsFinalizeBackward = defineKernel({
  id: 'statistics/finalize-backward',
  source,
  parts: [gradient, lanes, step, weightSums],
  parameters: { WORKGROUP: 64, LANES: 64, ACCUMULATES: false },
  bindings: {
    sums: read('vec2f', (s: FinalizeBackwardSize) => s.channels * s.tiles),
    affine: read('vec4f', (s: FinalizeBackwardSize) => s.channels),
    gradients: write('f32', (s: FinalizeBackwardSize) => s.arena),
    correction: write('vec4f', (s: FinalizeBackwardSize) => s.channels),
    ...WEIGHT_BINDINGS,
    step: settings(STEP_FIELDS),
    shape: shape({ channels: 'u32', tiles: 'u32', count: 'u32', gamma: 'u32', beta: 'u32', ...WEIGHT_FIELDS }),
  },
  choose: (s: FinalizeBackwardSize) => spread(s.tiles),
  shape: (s) => ({
    channels: s.channels,
    tiles: s.tiles,
    count: s.count,
    gamma: s.gamma,
    beta: s.beta,
    ...weightFields(s),
  }),
  grid: (s, { WORKGROUP, LANES }) => [ceilDiv(s.channels, WORKGROUP / LANES) + weightGroups(s, WORKGROUP), 1, 1],
  cost: (s, { ACCUMULATES }) => {
    const sums = weightCost(s);
    return {
      flops: 2 * s.channels * s.tiles + 8 * s.channels + sums.flops,
      bytes: 8 * s.channels * s.tiles + (ACCUMULATES ? 56 : 40) * s.channels + sums.bytes,
    };
  },
});
