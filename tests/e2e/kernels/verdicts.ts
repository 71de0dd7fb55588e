// Verdicts as the kernels' cases give and expect them.

import type { Expected } from '../../../src/shaders/check-kernel.ts';
import { NOTHING, VERDICT, VERDICT_WORDS } from '../../../src/shaders/parts/verdict.ts';

/** Nothing was met. */
export const clean = (): Uint32Array<ArrayBuffer> => new Uint32Array(VERDICT_WORDS).fill(NOTHING);

/** What a verdict has become, by the first place of one kind; undefined: it stays. */
export function noted(before: ArrayLike<number>, kind: keyof typeof VERDICT, place: number | undefined): Expected {
  const values = Array.from(before);
  if (place !== undefined) values[VERDICT[kind]] = Math.min(values[VERDICT[kind]] ?? NOTHING, place);
  return { values, magnitude: [] };
}

/** The first of values that float32 cannot hold as a number. */
export function firstNonFinite(values: ArrayLike<number>): number | undefined {
  const place = Array.from(values).findIndex((value) => !Number.isFinite(Math.fround(value)));
  return place < 0 ? undefined : place;
}
