// Weights whose gradients are summed, in an arena; for the suites of both kernels that do it.

import type { Expected, Inputs } from '../../../../src/shaders/check-kernel.ts';
import { reduce } from '../../../../src/shaders/gradient/reference.ts';
import type { SummedWeight } from '../../../../src/shaders/parts/weight-sums.ts';
import { type Random, vector } from '../../../../src/shaders/random-inputs.ts';

export const GAP = 64;

interface Weights {
  readonly weights: readonly SummedWeight[];
  readonly arena: number;
}

/**
 * Weights as (count, splits), in an arena with room between and behind them, which must stay as it is.
 * @param from where the first begins
 */
export function placed(from: number, weights: readonly (readonly [count: number, splitK: number])[]): Weights {
  let end = from;
  const all = weights.map(([count, splitK]): SummedWeight => {
    const offset = end;
    end += count + GAP;
    return { count, splitK, offset };
  });
  // The arena's order need not be the dispatch's.
  return { weights: all.toReversed(), arena: end };
}

export const partialsOf = ({ weights }: Weights, random: Random): Inputs =>
  Object.fromEntries(weights.map((w, k) => [`partials${k}`, vector(random, w.splitK * w.count)]));

/** The arena afterwards; NaN: not written. */
export function summed(
  { weights, arena }: Weights,
  inputs: Inputs,
  adds: boolean,
): Expected & { values: Float64Array; magnitude: Float64Array } {
  const values = new Float64Array(arena).fill(Number.NaN);
  const magnitude = new Float64Array(arena);
  for (const [k, { count, splitK, offset }] of weights.entries()) {
    const before = inputs.gradients?.slice(offset, offset + count);
    const sum = reduce(count, splitK, inputs[`partials${k}`] ?? [], adds ? before : undefined);
    values.set(sum.values, offset);
    magnitude.set(sum.magnitude, offset);
  }
  return { values, magnitude };
}
