import { type GradientReduceSize, gradientReduce } from '../../../../src/shaders/gradient/reduce.ts';
import { reduce } from '../../../../src/shaders/gradient/reference.ts';
import { QUIET_STEP } from '../../../../src/shaders/parts/step.ts';
import { defineSuite } from '../kernel-suite.ts';
import { vector } from '../random-inputs.ts';

const size = (firstCount: number, firstSplits: number, secondCount = 0, secondSplits = 0): GradientReduceSize => ({
  firstCount,
  firstSplits,
  secondCount,
  secondSplits,
});

export default defineSuite({
  kernel: gradientReduce,
  sizes: {
    'one element, one split': size(1, 1),
    'one weight, odd count': size(4799, 7),
    'two weights, the border inside a workgroup': size(255, 3, 258, 32),
    'two weights, the border on a workgroup': size(512, 5, 1, 1),
    'densenet121 layer': size(128 * 64, 8, 32 * 128 * 9, 3),
  },
  random: {
    count: 3,
    size: (r) => size(r.integer(1, 900), r.integer(1, 33), r.pick([0, r.integer(1, 900)]), r.integer(1, 33)),
  },
  inputs: (s, random) => ({
    firstPartials: vector(random, s.firstSplits * s.firstCount),
    first: vector(random, s.firstCount),
    secondPartials: vector(random, s.secondSplits * s.secondCount),
    second: vector(random, s.secondCount),
  }),
  settings: (_, random) => ({ step: { ...QUIET_STEP, accumulate: random.integer(0, 1) } }),
  reference: (s, { firstPartials, first, secondPartials, second }, _, settings) => {
    const adds = settings.step?.accumulate === 1;
    return {
      first: reduce(s.firstCount, s.firstSplits, firstPartials ?? [], adds ? first : undefined),
      second: reduce(s.secondCount, s.secondSplits, secondPartials ?? [], adds ? second : undefined),
    };
  },
  roundings: (s) => Math.max(s.firstSplits, s.secondSplits) + 2,
});
