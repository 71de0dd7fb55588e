// What the head's kernels compute, as the formulas read: float64, plain loops, no tiles. Every function returns the
// values and, beside each, its magnitude: the sum of the absolute values of the terms, to which rounding is relative.

import type { HeadPoolSize, HeadSize } from './shapes.ts';

type Numbers = ArrayLike<number>;

export interface Result {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

const at = (a: Numbers, i: number): number => a[i] ?? Number.NaN;

const zeros = (count: number): Result => ({ values: new Float64Array(count), magnitude: new Float64Array(count) });

function add(to: Result, i: number, value: number, size = Math.abs(value)): void {
  to.values[i] = at(to.values, i) + value;
  to.magnitude[i] = at(to.magnitude, i) + size;
}

/** pooled[c, n] = mean of relu(x * scale + shift) over image n. */
export function pool(s: HeadPoolSize, x: Numbers, affine: Numbers): Result {
  const out = zeros(s.channels * s.images);
  for (let i = 0; i < s.channels * s.images; i++) {
    const c = Math.floor(i / s.images);
    for (let p = 0; p < s.area; p++) {
      const product = at(x, c * s.stride + (i % s.images) * s.area + p) * at(affine, 4 * c);
      const size = (Math.abs(product) + Math.abs(at(affine, 4 * c + 1))) / s.area;
      add(out, i, Math.max(0, product + at(affine, 4 * c + 1)) / s.area, size);
    }
  }
  return out;
}

/** logits[n, k] = bias[k] + sum over c of weight[k, c] * pooled[c, n]. */
export function linear(s: HeadSize, weight: Numbers, bias: Numbers, pooled: Numbers): Result {
  const out = zeros(s.images * s.classes);
  for (let n = 0; n < s.images; n++)
    for (let k = 0; k < s.classes; k++) {
      add(out, n * s.classes + k, at(bias, k));
      for (let c = 0; c < s.channels; c++)
        add(out, n * s.classes + k, at(weight, k * s.channels + c) * at(pooled, c * s.images + n));
    }
  return out;
}

/** weight[k, c] = sum over n of dlogits[n, k] * pooled[c, n], bias[k] = sum over n of dlogits[n, k]. */
export function backwardWeight(s: HeadSize, dlogits: Numbers, pooled: Numbers): { weight: Result; bias: Result } {
  const [weight, bias] = [zeros(s.classes * s.channels), zeros(s.classes)];
  for (let k = 0; k < s.classes; k++)
    for (let n = 0; n < s.images; n++) {
      const dlogit = at(dlogits, n * s.classes + k);
      add(bias, k, dlogit);
      for (let c = 0; c < s.channels; c++) add(weight, k * s.channels + c, dlogit * at(pooled, c * s.images + n));
    }
  return { weight, bias };
}

/** out[c, n] = sum over k of weight[k, c] * dlogits[n, k]. */
export function backwardData(s: HeadSize, weight: Numbers, dlogits: Numbers): Result {
  const out = zeros(s.channels * s.images);
  for (let c = 0; c < s.channels; c++)
    for (let n = 0; n < s.images; n++)
      for (let k = 0; k < s.classes; k++)
        add(out, c * s.images + n, at(weight, k * s.channels + c) * at(dlogits, n * s.classes + k));
  return out;
}

/** g = dpooled[c, n] / area where not x * scale + shift <= 0; out = scale * g; sums by tiles of `tile` columns. */
export function poolBackward(
  s: HeadPoolSize,
  dpooled: Numbers,
  x: Numbers,
  affine: Numbers,
  tile: number,
): { out: Result; sums: Result } {
  const columns = s.images * s.area;
  const tiles = Math.ceil(columns / tile);
  const out = zeros(s.channels * s.stride);
  out.values.fill(Number.NaN);
  const sums = zeros(2 * s.channels * tiles);
  for (let c = 0; c < s.channels; c++)
    for (let p = 0; p < columns; p++) {
      const i = c * s.stride + p;
      const [scale, shift, mean] = [at(affine, 4 * c), at(affine, 4 * c + 1), at(affine, 4 * c + 2)];
      const g = at(x, i) * scale + shift <= 0 ? 0 : at(dpooled, c * s.images + Math.floor(p / s.area)) / s.area;
      out.values[i] = scale * g;
      out.magnitude[i] = Math.abs(scale * g);
      add(sums, 2 * (c * tiles + Math.floor(p / tile)), g);
      add(
        sums,
        2 * (c * tiles + Math.floor(p / tile)) + 1,
        g * (at(x, i) - mean),
        Math.abs(g) * (Math.abs(at(x, i)) + Math.abs(mean)),
      );
    }
  return { out, sums };
}
