import type { Data } from '../../../../src/shaders/check-kernel.ts';
import { headBackwardWeight } from '../../../../src/shaders/head/backward-weight.ts';
import { backwardWeight, type Result } from '../../../../src/shaders/head/reference.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomHeadSize, SIZES } from './sizes.ts';

const onto = (old: Data, { values, magnitude }: Result): Result => ({
  values: values.map((v, i) => v + (old[i] ?? Number.NaN)),
  magnitude: magnitude.map((v, i) => v + Math.abs(old[i] ?? Number.NaN)),
});

const suite = (accumulate: number, count: number) =>
  defineSuite({
    kernel: headBackwardWeight,
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
    reference: (s, { dlogits = [], pooled = [], weightGradient, biasGradient }) => {
      const { weight, bias } = backwardWeight(s, dlogits, pooled);
      return {
        weightGradient: weightGradient ? onto(weightGradient, weight) : weight,
        biasGradient: biasGradient ? onto(biasGradient, bias) : bias,
      };
    },
    // Images are added one after the other, then to what was there.
    roundings: (s) => s.images + 1,
    place: (binding, i, s) =>
      binding === 'weightGradient' ? `class ${Math.floor(i / s.channels)}, channel ${i % s.channels}` : `class ${i}`,
  });

export default [suite(0, 3), suite(1, 2)];
