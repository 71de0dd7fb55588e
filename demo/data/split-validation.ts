// Which images are held out of a training: a fifth of every class, at least one, chosen by a seed. The same images in the
// same order always give the same split, so that a run that is taken up again is tested on what it never saw.

import { permutation } from '../../src/data/batches.ts';

export const VALIDATION_SHARE = 0.2;
const SEED = 1;

/** How many of a class's `count` images are held out: of a single one, none. */
export const validationOf = (count: number): number =>
  count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(VALIDATION_SHARE * count)));

/** For a class's `count` images, whether each is held out. `label` keeps classes of one size from being split alike. */
export function splitValidation(count: number, label: number): boolean[] {
  const chosen = new Set(permutation(count, SEED, label).subarray(0, validationOf(count)));
  return Array.from({ length: count }, (_, index) => chosen.has(index));
}
