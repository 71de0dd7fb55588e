import { reduceReference } from '../../../../src/shaders/gradient/checks.ts';
import {
  type GradientReduceSize,
  REDUCED_AT_ONCE,
  type ReducedWeight,
} from '../../../../src/shaders/gradient/reduce.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';

const GAP = 64;

/** Weights as (count, splits), in an arena with room before, between and behind them, which must stay as it is. */
function size(...weights: readonly (readonly [count: number, splitK: number])[]): GradientReduceSize {
  let end = GAP;
  const placed = weights.map(([count, splitK]): ReducedWeight => {
    const offset = end;
    end += count + GAP;
    return { count, splitK, offset };
  });
  // The arena's order need not be the dispatch's.
  return { weights: placed.toReversed(), arena: end };
}

export default defineSuite({
  ...reduceReference,
  sizes: {
    'one element, one split': size([1, 1]),
    'one weight, odd count': size([4799, 7]),
    'two weights, a border inside a workgroup': size([255, 3], [258, 32]),
    'borders on workgroups': size([512, 5], [256, 1], [1, 1]),
    'as many as there can be': size([257, 2], [1, 9], [256, 4], [300, 3], [64, 33], [700, 1]),
    'densenet121 layer': size([128 * 64, 8], [32 * 128 * 9, 3]),
  },
  random: {
    count: 3,
    size: (r) =>
      size(
        ...Array.from({ length: r.integer(1, REDUCED_AT_ONCE) }, () => [r.integer(1, 900), r.integer(1, 33)] as const),
      ),
  },
  nonFinite: { size: 'two weights, a border inside a workgroup' },
  inputs: (s, random) => ({
    ...Object.fromEntries(s.weights.map((w, k) => [`partials${k}`, vector(random, w.splitK * w.count)])),
    gradients: vector(random, s.arena),
  }),
  settings: (_, random) => ({ step: { ...NO_OP_STEP, accumulate: random.integer(0, 1) } }),
});
