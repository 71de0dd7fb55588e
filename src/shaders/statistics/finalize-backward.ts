// From the sums that a norm's backward leaves behind to its gradients and its share of the deferred correction.

import { ceilDiv, defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { gradient, lanes, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { spread } from './batch-norm.ts';
import source from './finalize-backward.wgsl?raw';

export interface FinalizeBackwardSize {
  readonly channels: number;
  /** Sums per row. */
  readonly tiles: number;
  /** Values per row: images * height * width. */
  readonly count: number;
}

/**
 * sums [channels][tiles] (sum of g, sum of g * (x - mean)) -> gradients of gamma and beta [channels], over micro-batches
 * as `step.accumulate` says, and correction [channels] (a, b, mean, 0). `ACCUMULATES: true` adds a and b to what other
 * readers of the same channels have left; the first of them in backward, and a norm with a single reader, overwrite.
 */
export const statisticsFinalizeBackward = defineKernel({
  id: 'statistics/finalize-backward',
  source,
  parts: [gradient, lanes, step],
  parameters: { WORKGROUP: 64, LANES: 64, ACCUMULATES: false },
  bindings: {
    sums: read('vec2f', (s: FinalizeBackwardSize) => s.channels * s.tiles),
    affine: read('vec4f', (s: FinalizeBackwardSize) => s.channels),
    gammaGradient: write('f32', (s: FinalizeBackwardSize) => s.channels),
    betaGradient: write('f32', (s: FinalizeBackwardSize) => s.channels),
    correction: write('vec4f', (s: FinalizeBackwardSize) => s.channels),
    step: settings(STEP_FIELDS),
    shape: shape({ channels: 'u32', tiles: 'u32', count: 'u32' }),
  },
  choose: (s: FinalizeBackwardSize) => spread(s.tiles),
  shape: (s) => ({ channels: s.channels, tiles: s.tiles, count: s.count }),
  grid: (s, { WORKGROUP, LANES }) => [ceilDiv(s.channels, WORKGROUP / LANES), 1, 1],
  cost: (s, { ACCUMULATES }) => ({
    flops: 2 * s.channels * s.tiles + 8 * s.channels,
    bytes: 8 * s.channels * s.tiles + (ACCUMULATES ? 56 : 40) * s.channels,
  }),
});
