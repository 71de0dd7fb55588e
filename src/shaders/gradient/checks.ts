// What the gradient kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { gradientCorrect } from './correct.ts';
import { gradientReduce } from './reduce.ts';
import { correct, summed } from './reference.ts';

export const correctReference = defineReference({
  kernel: gradientCorrect,
  reference: (s, { gradient, y, correction }) => ({ out: correct(s, gradient ?? [], y ?? [], correction ?? []) }),
  roundings: () => 3,
});

export const reduceReference = defineReference({
  kernel: gradientReduce,
  reference: (s, inputs, _, settings) => ({ gradients: summed(s, inputs, settings.step?.accumulate === 1) }),
  roundings: (s) => Math.max(...s.weights.map(({ splitK }) => splitK)) + 2,
});
