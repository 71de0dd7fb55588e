// The largest batch that fits, in few tries: each is a plan to record, which takes a large network a tenth of a second.

/** Tries along the line between the nearest batches that are known; what grows with a batch grows in proportion. */
const STRAIGHT = 6;

/**
 * The largest n from 1 to `most` with `strain(n)` at most 1; 0 where there is none. The strain grows with n: but for a
 * smallest n that is impossible by itself (infinite).
 */
export function largestWithin(most: number, strain: (n: number) => number): number {
  let good = { n: 0, strain: 0 };
  let bad = { n: most, strain: strain(most) };
  if (bad.strain <= 1) return most;
  for (let tries = 0; bad.n - good.n > 1; tries++) {
    const straight = good.n + ((1 - good.strain) / (bad.strain - good.strain)) * (bad.n - good.n);
    const middle = (good.n + bad.n) / 2;
    const guess = tries < STRAIGHT && Number.isFinite(straight) ? straight : middle;
    const n = Math.min(bad.n - 1, Math.max(good.n + 1, Math.floor(guess)));
    const tried = { n, strain: strain(n) };
    if (tried.strain <= 1) good = tried;
    else bad = tried;
  }
  return good.n;
}
