// What the 1x1 convolutions compute, as the formulas read: float64, plain loops, no tiles. Weights are [k][m], the
// order they are packed in, without padding. `magnitude` is the sum of the terms' absolute values: errors scale by it.

import { addDots, asFloat64, type Terms, weightedSum } from '../parts/products.ts';
import type { Conv1x1BackwardWeightSize } from './backward-weight.ts';
import type { Conv1x1Size } from './product.ts';

type Numbers = ArrayLike<number>;

export interface Sums {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

const at = (a: Numbers, i: number): number => a[i] ?? Number.NaN;
const sums = (length: number, fill = 0): Sums => ({
  values: new Float64Array(length).fill(fill),
  magnitude: new Float64Array(length).fill(fill),
});

/** z = x * scale + shift, affine [C][4]. */
const normalised = (x: number, affine: Numbers, c: number) => x * at(affine, 4 * c) + at(affine, 4 * c + 1);

/** relu(x * scale + shift), or x itself; [rows][stride], padding NaN. */
function activations(rows: number, columns: number, stride: number, x: Numbers, affine?: Numbers): Float64Array {
  const a = new Float64Array(rows * stride).fill(Number.NaN);
  const values = asFloat64(x);
  for (let r = 0; r < rows; r++) {
    const [scale, shift] = affine ? [at(affine, 4 * r), at(affine, 4 * r + 1)] : [1, 0];
    for (let p = r * stride; p < r * stride + columns; p++) {
      const value = values[p] ?? Number.NaN;
      a[p] = affine ? Math.max(0, value * scale + shift) : value;
    }
  }
  return a;
}

/** Of element m * P + p of a convolution's output: dropout's 0 or 1 / (1 - p). */
export type Mask = (index: number) => number;

/** dy = (G - a - (y - mean) * b) * mask, correction [B][4]; [B][stride], padding NaN. */
function correctedGradients(size: Conv1x1Size, gradient: Numbers, y: Numbers, correction: Numbers, mask: Mask): Sums {
  const dy = sums(size.outputs * size.stride, Number.NaN);
  for (let b = 0; b < size.outputs; b++)
    for (let p = 0; p < size.columns; p++) {
      const i = b * size.stride + p;
      const [a, slope, mean] = [at(correction, 4 * b), at(correction, 4 * b + 1), at(correction, 4 * b + 2)];
      const keep = mask(b * size.columns + p);
      dy.values[i] = (at(gradient, i) - a - (at(y, i) - mean) * slope) * keep;
      dy.magnitude[i] = (Math.abs(at(gradient, i)) + Math.abs(a) + Math.abs((at(y, i) - mean) * slope)) * keep;
    }
  return dy;
}

/** [rows][stride] = sum over k of weight[k][row] * terms[k][p]; padding NaN. Without magnitudes of the terms none of the sums. */
export function product(
  rows: number,
  depth: number,
  columns: number,
  stride: number,
  weight: Numbers,
  terms: Terms,
): Sums {
  const out = sums(rows * stride, Number.NaN);
  const offsets = Int32Array.from({ length: depth }, (_, k) => k * stride);
  const row = new Float64Array(depth);
  const absolute = new Float64Array(depth);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < depth; k++) {
      row[k] = at(weight, k * rows + r);
      absolute[k] = Math.abs(at(weight, k * rows + r));
    }
    weightedSum(out.values, r * stride, columns, terms.values, offsets, row);
    if (terms.magnitude.length > 0) weightedSum(out.magnitude, r * stride, columns, terms.magnitude, offsets, absolute);
  }
  return out;
}

/** out *= mask. */
export function masked({ outputs, columns, stride }: Conv1x1Size, out: Sums, mask: Mask): Sums {
  for (let m = 0; m < outputs; m++)
    for (let p = 0; p < columns; p++) {
      const i = m * stride + p;
      out.values[i] = at(out.values, i) * mask(m * columns + p);
      out.magnitude[i] = at(out.magnitude, i) * mask(m * columns + p);
    }
  return out;
}

/** out [M][stride], padding NaN. weight [K][M]. Without affine no prologue, without bias neither bias nor ReLU. */
export function forward(size: Conv1x1Size, weight: Numbers, x: Numbers, affine?: Numbers, bias?: Numbers): Sums {
  const { inputs, outputs, columns, stride } = size;
  const values = activations(inputs, columns, stride, x, affine);
  const out = product(outputs, inputs, columns, stride, weight, { values, magnitude: values.map(Math.abs) });
  if (bias)
    for (let m = 0; m < outputs; m++)
      for (let p = m * stride; p < m * stride + columns; p++) {
        out.values[p] = Math.max(0, at(out.values, p) + at(bias, m));
        out.magnitude[p] = at(out.magnitude, p) + Math.abs(at(bias, m));
      }
  return out;
}

/** partials [M][tiles][4]: (count, mean, M2, 0) of each `width` columns of `out`. */
export function statistics(
  size: Conv1x1Size,
  out: { readonly values: Numbers; readonly magnitude: Numbers },
  width: number,
): Sums {
  const [values, magnitude] = [Float64Array.from(out.values), Float64Array.from(out.magnitude)];
  const { outputs, columns, stride } = size;
  const tiles = Math.ceil(columns / width);
  const partials = sums(outputs * tiles * 4);
  for (let m = 0; m < outputs; m++)
    for (let t = 0; t < tiles; t++) {
      const [from, to] = [m * stride + t * width, m * stride + Math.min(columns, (t + 1) * width)];
      const row = values.subarray(from, to);
      const largest = Math.max(...magnitude.subarray(from, to));
      const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
      const m2 = row.reduce((sum, v) => sum + (v - mean) ** 2, 0);
      partials.values.set([row.length, mean, m2, 0], (m * tiles + t) * 4);
      // (v - mean)^2 moves by 2 |v - mean| times the error of v, which scales with its magnitude.
      const spread = row.reduce((sum, v) => sum + 2 * Math.abs(v - mean) * largest, m2);
      partials.magnitude.set([row.length, largest, spread, 0], (m * tiles + t) * 4);
    }
  return partials;
}

/** da [C][stride], padding NaN. weight [B][C]. */
export function backwardData(
  size: Conv1x1Size,
  weight: Numbers,
  gradient: Numbers,
  y: Numbers,
  correction: Numbers,
  mask: Mask,
): Sums {
  const { inputs, outputs, columns, stride } = size;
  return product(inputs, outputs, columns, stride, weight, correctedGradients(size, gradient, y, correction, mask));
}

/** The norm's share: out = before + scale * g, g = da * [not z <= 0]; sums [C][tiles][2] = (sum g, sum g * (x - mean)). */
export function throughNorm(
  size: Conv1x1Size,
  da: Sums,
  x: Numbers,
  affine: Numbers,
  before: Numbers,
  width: number,
): { out: Sums; sums: Sums } {
  const { inputs, columns, stride } = size;
  const tiles = Math.ceil(columns / width);
  const out = sums(inputs * stride, Number.NaN);
  const partials = sums(inputs * tiles * 2);
  for (let c = 0; c < inputs; c++)
    for (let p = 0; p < columns; p++) {
      const i = c * stride + p;
      const open = !(normalised(at(x, i), affine, c) <= 0);
      const [g, magnitude] = open ? [at(da.values, i), at(da.magnitude, i)] : [0, 0];
      const scale = at(affine, 4 * c);
      out.values[i] = at(before, i) + scale * g;
      out.magnitude[i] = Math.abs(at(before, i)) + Math.abs(scale) * magnitude;
      const centred = at(x, i) - at(affine, 4 * c + 2);
      const place = (c * tiles + Math.floor(p / width)) * 2;
      partials.values[place] = at(partials.values, place) + g;
      partials.values[place + 1] = at(partials.values, place + 1) + g * centred;
      partials.magnitude[place] = at(partials.magnitude, place) + magnitude;
      partials.magnitude[place + 1] = at(partials.magnitude, place + 1) + magnitude * Math.abs(centred);
    }
  return { out, sums: partials };
}

/** partials [splits][B][C] = sum over a split's `chunk` columns of dy[b][p] * a[c][p]. */
export function backwardWeight(
  size: Conv1x1BackwardWeightSize,
  chunk: number,
  gradient: Numbers,
  y: Numbers,
  correction: Numbers,
  mask: Mask,
  x: Numbers,
  affine?: Numbers,
): Sums {
  const { inputs, columns, stride } = size;
  const a = activations(inputs, columns, stride, x, affine);
  const dy = correctedGradients(size, gradient, y, correction, mask);
  return weightGradient(size, chunk, dy, { values: a, magnitude: a.map(Math.abs) });
}

/** The same of gradients dy [B][stride] and activations a [C][stride]. Without magnitudes of the terms none of the sums. */
export function weightGradient(
  { inputs, outputs, columns, stride, splitK }: Conv1x1BackwardWeightSize,
  chunk: number,
  dy: Terms,
  a: Terms,
): Sums {
  const partials = sums(splitK * outputs * inputs);
  for (let split = 0; split * chunk < columns; split++) {
    const count = Math.min(chunk, columns - split * chunk);
    const offsets = Int32Array.from({ length: inputs }, (_, c) => c * stride + split * chunk);
    for (let b = 0; b < outputs; b++) {
      const place = (split * outputs + b) * inputs;
      const first = b * stride + split * chunk;
      addDots(partials.values.subarray(place, place + inputs), dy.values, first, count, a.values, offsets);
      if (dy.magnitude.length > 0)
        addDots(partials.magnitude.subarray(place, place + inputs), dy.magnitude, first, count, a.magnitude, offsets);
    }
  }
  return partials;
}
