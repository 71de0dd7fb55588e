// The inner loops of the float64 references: sums of products over typed arrays, four terms at a time, so that a network of billions
// of multiply-adds is recomputed in minutes. The order of the terms is that of the formula.

/**
 * out[at + i] = sum over d of weights[d] * x[offsets[d] + i], for i from 0 to `count`.
 */
export function weightedSum(
  out: Float64Array,
  at: number,
  count: number,
  x: Float64Array,
  offsets: Int32Array,
  weights: Float64Array,
): void {
  out.fill(0, at, at + count);
  const depth = offsets.length;
  let d = 0;
  for (; d + 3 < depth; d += 4) {
    const [a, b, c, e] = [offsets[d] ?? 0, offsets[d + 1] ?? 0, offsets[d + 2] ?? 0, offsets[d + 3] ?? 0];
    const [u, v, w, z] = [
      weights[d] ?? Number.NaN,
      weights[d + 1] ?? Number.NaN,
      weights[d + 2] ?? Number.NaN,
      weights[d + 3] ?? Number.NaN,
    ];
    for (let i = 0; i < count; i++) {
      out[at + i] =
        (out[at + i] ?? Number.NaN) +
        u * (x[a + i] ?? Number.NaN) +
        v * (x[b + i] ?? Number.NaN) +
        w * (x[c + i] ?? Number.NaN) +
        z * (x[e + i] ?? Number.NaN);
    }
  }
  for (; d < depth; d++) {
    const a = offsets[d] ?? 0;
    const u = weights[d] ?? Number.NaN;
    for (let i = 0; i < count; i++) out[at + i] = (out[at + i] ?? Number.NaN) + u * (x[a + i] ?? Number.NaN);
  }
}

/** to[k] += sum over i of x[first + i] * y[offsets[k] + i], for i from 0 to `count` and each of the offsets. */
export function addDots(
  to: Float64Array,
  x: Float64Array,
  first: number,
  count: number,
  y: Float64Array,
  offsets: Int32Array,
): void {
  const all = offsets.length;
  let k = 0;
  for (; k + 3 < all; k += 4) {
    const [a, b, c, e] = [offsets[k] ?? 0, offsets[k + 1] ?? 0, offsets[k + 2] ?? 0, offsets[k + 3] ?? 0];
    let [p, q, r, s] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const value = x[first + i] ?? Number.NaN;
      p += value * (y[a + i] ?? Number.NaN);
      q += value * (y[b + i] ?? Number.NaN);
      r += value * (y[c + i] ?? Number.NaN);
      s += value * (y[e + i] ?? Number.NaN);
    }
    to[k] = (to[k] ?? Number.NaN) + p;
    to[k + 1] = (to[k + 1] ?? Number.NaN) + q;
    to[k + 2] = (to[k + 2] ?? Number.NaN) + r;
    to[k + 3] = (to[k + 3] ?? Number.NaN) + s;
  }
  for (; k < all; k++) {
    const a = offsets[k] ?? 0;
    let p = 0;
    for (let i = 0; i < count; i++) p += (x[first + i] ?? Number.NaN) * (y[a + i] ?? Number.NaN);
    to[k] = (to[k] ?? Number.NaN) + p;
  }
}

/** Values and the sums of their terms' absolute values. */
export interface Terms {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

/** `values` as float64; the very array where it is that already. */
export const asFloat64 = (values: ArrayLike<number>): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values);
