import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { affines, vector } from '../../../../src/shaders/random-inputs.ts';
import { finalizeBackwardReference } from '../../../../src/shaders/statistics/checks.ts';
import type { FinalizeBackwardSize } from '../../../../src/shaders/statistics/finalize-backward.ts';
import { GAP, partialsOf, placed } from '../gradient/weights.ts';
import { defineSuite } from '../kernel-suite.ts';

/** beta ahead of gamma and the weights behind both: the arena's order is the network's business. */
function size(
  channels: number,
  tiles: number,
  count: number,
  ...weights: readonly (readonly [count: number, splitK: number])[]
): FinalizeBackwardSize {
  const gamma = 2 * GAP + channels;
  return { channels, tiles, count, beta: GAP, gamma, ...placed(gamma + channels + GAP, weights) };
}

export default defineSuite({
  ...finalizeBackwardReference,
  sizes: {
    'one value': size(1, 1, 1),
    'a bottleneck of 56x56 maps': size(128, 49, 3136),
    'a prefix of 7x7 maps, and its layer': size(1024, 1, 49, [1024 * 8, 3], [32 * 8 * 9, 16]),
    'one channel more than a workgroup takes': size(9, 16, 196, [65, 2]),
    'more tiles than lanes': size(5, 197, 12544, [1, 1]),
    'a batch of 32 56x56 maps': size(3, 1568, 100352, [63, 33], [64, 4]),
    'four loads of each lane, and one more': size(3, 1025, 65600),
  },
  variants: { overwrites: { ACCUMULATES: false }, 'adds to earlier readers': { ACCUMULATES: true } },
  random: {
    count: 2,
    size: (r) => size(r.integer(1, 300), r.integer(1, 150), r.integer(1, 5000), [r.integer(1, 400), r.integer(1, 9)]),
  },
  nonFinite: { size: 'one channel more than a workgroup takes' },
  inputs: (s, random) => ({
    sums: vector(random, 2 * s.channels * s.tiles),
    affine: affines(random, s.channels),
    gradients: vector(random, s.arena),
    correction: vector(random, 4 * s.channels),
    ...partialsOf(s, random),
  }),
  settings: (_, random) => ({ step: { ...NO_OP_STEP, accumulate: random.integer(0, 1) } }),
});
