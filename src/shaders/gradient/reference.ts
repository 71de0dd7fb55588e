// What the gradient kernels compute, as the formulas read: float64, plain loops.

import type { SummedWeight } from '../parts/weight-sums.ts';
import type { GradientCorrectSize } from './correct.ts';

type Numbers = ArrayLike<number>;

/** sum over splits of partials [splits][count], added to `before` where it is given; magnitude: of absolute values. */
export function reduce(
  count: number,
  splitK: number,
  partials: Numbers,
  before?: Numbers,
): { values: Float64Array; magnitude: Float64Array } {
  const values = new Float64Array(count);
  const magnitude = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const terms = Array.from({ length: splitK }, (_, s) => partials[s * count + i] ?? Number.NaN);
    if (before) terms.push(before[i] ?? Number.NaN);
    values[i] = terms.reduce((sum, term) => sum + term, 0);
    magnitude[i] = terms.reduce((sum, term) => sum + Math.abs(term), 0);
  }
  return { values, magnitude };
}

/** The arena of gradients behind the sums of `weights`; NaN: not written. `adds`: to what was there. */
export function summed(
  { weights, arena }: { readonly weights: readonly SummedWeight[]; readonly arena: number },
  inputs: Readonly<Record<string, Numbers>>,
  adds: boolean,
): { values: Float64Array; magnitude: Float64Array } {
  const values = new Float64Array(arena).fill(Number.NaN);
  const magnitude = new Float64Array(arena);
  for (const [k, { count, splitK, offset }] of weights.entries()) {
    const before = Array.from({ length: count }, (_, i) => inputs.gradients?.[offset + i] ?? Number.NaN);
    const sum = reduce(count, splitK, inputs[`partials${k}`] ?? [], adds ? before : undefined);
    values.set(sum.values, offset);
    magnitude.set(sum.magnitude, offset);
  }
  return { values, magnitude };
}

/** gradient - a - (y - mean) * b, rows of `columns` at `stride`; NaN where nothing is written. correction: [C][4]. */
export function correct(
  { channels, columns, stride }: GradientCorrectSize,
  gradient: Numbers,
  y: Numbers,
  correction: Numbers,
): { values: Float64Array; magnitude: Float64Array } {
  const values = new Float64Array(channels * stride).fill(Number.NaN);
  const magnitude = new Float64Array(channels * stride);
  const at = (a: Numbers, i: number) => a[i] ?? Number.NaN;
  for (let c = 0; c < channels; c++) {
    const [a, b, mean] = [at(correction, c * 4), at(correction, c * 4 + 1), at(correction, c * 4 + 2)];
    for (let i = c * stride; i < c * stride + columns; i++) {
      values[i] = at(gradient, i) - a - (at(y, i) - mean) * b;
      magnitude[i] = Math.abs(at(gradient, i)) + Math.abs(a) + (Math.abs(at(y, i)) + Math.abs(mean)) * Math.abs(b);
    }
  }
  return { values, magnitude };
}
