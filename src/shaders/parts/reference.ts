// What the parts compute, for the references of the kernels that use them: dropout's mask, and a verdict.

import { randomAt } from '../../runtime/random.ts';
import { type Dropout, dropoutValues } from './dropout.ts';
import { NOTHING, VERDICT } from './verdict.ts';

/** The mask of dropout: 0 or 1 / (1 - p), of element `index` = channel * P + position; 1 everywhere without a seed. */
export function dropoutMask(dropout: Dropout, seed: number | undefined): (index: number) => number {
  if (seed === undefined) return () => 1;
  const { stream, threshold, factor } = dropoutValues(dropout);
  return (index) => (randomAt(seed, stream, index) >>> 8 >= threshold ? factor : 0);
}

/** What a verdict has become, by the first place of one kind; undefined: it stays. */
export function noted(before: ArrayLike<number>, kind: keyof typeof VERDICT, place: number | undefined) {
  const values = Array.from(before);
  if (place !== undefined) values[VERDICT[kind]] = Math.min(values[VERDICT[kind]] ?? NOTHING, place);
  return { values, magnitude: [] };
}

/** The first of values that float32 cannot hold as a number. */
export function firstNonFinite(values: ArrayLike<number>): number | undefined {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(Math.fround(values[i] ?? Number.NaN))) return i;
  return undefined;
}
