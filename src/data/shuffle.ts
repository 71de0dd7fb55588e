// The order of a training epoch: a seeded Fisher-Yates shuffle, the same on every host. An order depends on (count,
// seed, epoch) alone, so that a resumed run sees the images that the uninterrupted one would have seen.

import { createRandom, randomAt } from '../runtime/random.ts';

/** Shuffling draws from streams of its own: "SHUF" in ASCII keeps it apart from initialisation and dropout. */
const SHUFFLE_STREAM = 0x53485546;

/**
 * The numbers 0 … count - 1 in the order of epoch `epoch` (from 0) under `seed`; every order is as likely as any other.
 * @throws ConfigError where seed is not an integer in [0, 2^32).
 */
export function permutation(count: number, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const random = createRandom(seed, randomAt(seed, SHUFFLE_STREAM, epoch));
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = below(last + 1, random.uint32);
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}

/** An integer in [0, limit), each equally likely: draws past the last whole multiple of `limit` are drawn again. */
function below(limit: number, uint32: () => number): number {
  const end = 0x100000000 - (0x100000000 % limit);
  let draw = uint32();
  while (draw >= end) draw = uint32();
  return draw % limit;
}
