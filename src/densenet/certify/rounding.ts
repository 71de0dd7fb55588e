// How far float32 is off, as a model: what rounding does to a sum of products is a random walk, whose standard deviation is about
// 2^-24 times the sum of the terms' absolute values (partial sums of n terms of both signs grow as the square root of their number,
// and each is rounded once). A reference network that adds such an error to all that a GPU rounds is one sample of what float32
// gives: how far it is from the exact one says how far a right GPU may be.

import { createRandom } from '../../runtime/random.ts';

/** float32's unit roundoff. */
export const UNIT_ROUNDOFF = 2 ** -24;

/** What is added to values that a GPU rounds. */
export interface Rounding {
  /** Whether it changes anything. */
  readonly isExact: boolean;
  /** `value` as it is rounded, where its terms' absolute values sum up to `magnitude`. */
  round(value: number, magnitude: number): number;
}

export const EXACT: Rounding = { isExact: true, round: (value) => value };

/** Errors of float32's size, uniform and of any sign, the same for the same seed. */
export function float32Errors(seed: number): Rounding {
  const random = createRandom(seed);
  // Uniform numbers within +-sqrt(3) have a standard deviation of 1.
  const scale = (2 * Math.sqrt(3) * UNIT_ROUNDOFF) / 2 ** 32;
  return {
    isExact: false,
    round: (value, magnitude) => value + (random.uint32() - 2 ** 31) * scale * magnitude,
  };
}

/** Rounds to f16's eleven bits, of which features that are stored so have no more. */
export function roundToF16(values: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    const size = Math.abs(value);
    if (size >= 65520) values[i] = value > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    else if (size < 2 ** -14) values[i] = Math.round(value * 2 ** 24) / 2 ** 24;
    else {
      // Dekker's split: the sum's last bits are lost, and with them all but eleven of the value's.
      const shifted = value * (2 ** 42 + 1);
      values[i] = shifted - (shifted - value);
    }
  }
}
