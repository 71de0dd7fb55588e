import { reduceReference } from '../../../../src/shaders/gradient/checks.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { SUMMED_AT_ONCE } from '../../../../src/shaders/parts/weight-sums.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { GAP, partialsOf, placed } from './weights.ts';

const size = (...weights: readonly (readonly [count: number, splitK: number])[]) => placed(GAP, weights);

export default defineSuite({
  ...reduceReference,
  sizes: {
    'one element, one split': size([1, 1]),
    'one weight, odd count': size([4799, 7]),
    'two weights, a border inside a workgroup': size([255, 3], [258, 32]),
    'borders on workgroups': size([1, 9], [512, 5]),
    'densenet121 layer': size([128 * 64, 8], [32 * 128 * 9, 3]),
  },
  random: {
    count: 3,
    size: (r) =>
      size(
        ...Array.from({ length: r.integer(1, SUMMED_AT_ONCE) }, () => [r.integer(1, 900), r.integer(1, 33)] as const),
      ),
  },
  nonFinite: { size: 'two weights, a border inside a workgroup' },
  inputs: (s, random) => ({
    ...partialsOf(s, random),
    gradients: vector(random, s.arena),
  }),
  settings: (_, random) => ({ step: { ...NO_OP_STEP, accumulate: random.integer(0, 1) } }),
});
