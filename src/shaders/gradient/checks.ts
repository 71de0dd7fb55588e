// What the gradient kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { gradientCorrect } from './correct.ts';
import { gradientReduce } from './reduce.ts';
import { correct, reduce } from './reference.ts';

export const correctReference = defineReference({
  kernel: gradientCorrect,
  reference: (s, { gradient, y, correction }) => ({ out: correct(s, gradient ?? [], y ?? [], correction ?? []) }),
  roundings: () => 3,
});

export const reduceReference = defineReference({
  kernel: gradientReduce,
  reference: (s, inputs, _, settings) => {
    const adds = settings.step?.accumulate === 1;
    // NaN: not written.
    const values = new Float64Array(s.arena).fill(Number.NaN);
    const magnitude = new Float64Array(s.arena);
    for (const [k, { count, splitK, offset }] of s.weights.entries()) {
      const before = inputs.gradients?.slice(offset, offset + count);
      const sum = reduce(count, splitK, inputs[`partials${k}`] ?? [], adds ? before : undefined);
      values.set(sum.values, offset);
      magnitude.set(sum.magnitude, offset);
    }
    return { gradients: { values, magnitude } };
  },
  roundings: (s) => Math.max(...s.weights.map(({ splitK }) => splitK)) + 2,
});
