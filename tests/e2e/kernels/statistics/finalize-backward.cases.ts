import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { affines, vector } from '../../../../src/shaders/random-inputs.ts';
import { finalizeBackwardReference } from '../../../../src/shaders/statistics/checks.ts';
import type { FinalizeBackwardSize } from '../../../../src/shaders/statistics/finalize-backward.ts';
import { defineSuite } from '../kernel-suite.ts';

const size = (channels: number, tiles: number, count: number): FinalizeBackwardSize => ({ channels, tiles, count });

export default defineSuite({
  ...finalizeBackwardReference,
  sizes: {
    'one value': size(1, 1, 1),
    'a bottleneck of 56x56 maps': size(128, 49, 3136),
    'a prefix of 7x7 maps': size(1024, 1, 49),
    'one channel more than a workgroup takes': size(9, 16, 196),
    'more tiles than lanes': size(5, 197, 12544),
    'a batch of 32 56x56 maps': size(3, 1568, 100352),
  },
  variants: { overwrites: { ACCUMULATES: false }, 'adds to earlier readers': { ACCUMULATES: true } },
  random: { count: 2, size: (r) => size(r.integer(1, 300), r.integer(1, 150), r.integer(1, 5000)) },
  nonFinite: { size: 'one channel more than a workgroup takes' },
  inputs: (s, random) => ({
    sums: vector(random, 2 * s.channels * s.tiles),
    affine: affines(random, s.channels),
    gammaGradient: vector(random, s.channels),
    betaGradient: vector(random, s.channels),
    correction: vector(random, 4 * s.channels),
  }),
  settings: (_, random) => ({ step: { ...NO_OP_STEP, accumulate: random.integer(0, 1) } }),
});
