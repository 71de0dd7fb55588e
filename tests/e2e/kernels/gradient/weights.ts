// Weights whose gradients are summed, in an arena; for the suites of both kernels that do it.

import type { Inputs } from '../../../../src/shaders/check-kernel.ts';
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
