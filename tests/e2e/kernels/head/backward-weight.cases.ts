import { backwardWeightReference } from '../../../../src/shaders/head/checks.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomHeadSize, SIZES } from './sizes.ts';

const suite = (accumulate: number, count: number) =>
  defineSuite({
    ...backwardWeightReference,
    sizes: Object.fromEntries(
      Object.entries(SIZES).map(([name, size]) => [`${accumulate ? 'added to' : 'overwritten'}, ${name}`, size]),
    ),
    random: { count, size: randomHeadSize },
    ...(accumulate && { nonFinite: { size: 'added to, one more than a tile each way' } }),
    // Without what it would add to, the gradient is poison: an overwriting pass must not let it through.
    inputs: (s, random) => ({
      dlogits: vector(random, s.classes * s.images),
      pooled: vector(random, s.channels * s.images),
      ...(accumulate && {
        weightGradient: vector(random, s.classes * s.channels),
        biasGradient: vector(random, s.classes),
      }),
    }),
    settings: () => ({ step: { ...NO_OP_STEP, accumulate } }),
  });

export default [suite(0, 3), suite(1, 2)];
