// What the stem's kernels compute, as the formulas read: float64, plain loops, no tiles. Every function returns the
// values and, beside each, its magnitude: the sum of the absolute values of the terms, to which rounding is relative.

import { outputHeight, outputWidth, type StemSize, tapsOf } from './shapes.ts';

type Numbers = ArrayLike<number>;

export interface Result {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

const at = (a: Numbers, i: number): number => a[i] ?? Number.NaN;

const untouched = (count: number): Result => ({
  values: new Float64Array(count).fill(Number.NaN),
  magnitude: new Float64Array(count),
});

/**
 * Calls `visit` with every (output column q, tap, input column p) that lie over each other, p inside the image; and
 * `outside`, where it is given, with those whose tap lies over the zeros around it.
 */
function overlaps(
  s: StemSize,
  visit: (q: number, tap: number, p: number) => void,
  outside?: (q: number, tap: number) => void,
): void {
  const [rows, columns] = [outputHeight(s), outputWidth(s)];
  const [kernel, pad] = [s.kernelSize, s.kernelSize >> 1];
  for (let n = 0; n < s.images; n++)
    for (let r = 0; r < rows; r++)
      for (let w = 0; w < columns; w++)
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const y = 2 * r + Math.floor(tap / kernel) - pad;
          const x = 2 * w + (tap % kernel) - pad;
          const q = (n * rows + r) * columns + w;
          if (y < 0 || y >= s.height || x < 0 || x >= s.width) outside?.(q, tap);
          else visit(q, tap, (n * s.height + y) * s.width + x);
        }
}

/** out[m, q] = bias[m] + sum weight[m, c, tap] * x[c, p]; weight [M][C][taps], NaN where nothing is written. */
export function forward(s: StemSize, weight: Numbers, x: Numbers, bias: Numbers | undefined): Result {
  const columns = s.images * outputHeight(s) * outputWidth(s);
  const taps = tapsOf(s);
  const out = untouched(s.outputs * s.outStride);
  for (let m = 0; m < s.outputs; m++) {
    const row = m * s.outStride;
    const start = bias ? at(bias, m) : 0;
    out.values.fill(start, row, row + columns);
    out.magnitude.fill(Math.abs(start), row, row + columns);
    for (let c = 0; c < s.inputs; c++)
      overlaps(
        s,
        (q, tap, p) => {
          const term = at(weight, (m * s.inputs + c) * taps + tap) * at(x, c * s.stride + p);
          out.values[row + q] = at(out.values, row + q) + term;
          out.magnitude[row + q] = at(out.magnitude, row + q) + Math.abs(term);
        },
        // Nothing, unless the weight is infinite.
        (q, tap) => {
          out.values[row + q] = at(out.values, row + q) + 0 * at(weight, (m * s.inputs + c) * taps + tap);
        },
      );
  }
  return out;
}

/** The true gradient of every output: G - a - (y - mean) * b. Rows of outStride; only the valid columns are read. */
function corrected(s: StemSize, gradient: Numbers, y: Numbers, correction: Numbers, m: number, q: number) {
  const i = m * s.outStride + q;
  const [a, b, mean] = [at(correction, 4 * m), at(correction, 4 * m + 1), at(correction, 4 * m + 2)];
  const value = at(gradient, i) - a - (at(y, i) - mean) * b;
  return { value, size: Math.abs(at(gradient, i)) + Math.abs(a) + Math.abs((at(y, i) - mean) * b) };
}

/** sum over q of dy[m, q] * x[c, p], by splits: `splitOf` says which one a column belongs to. [splits][M][C][taps]. */
export function backwardWeight(
  s: StemSize,
  gradient: Numbers,
  y: Numbers,
  correction: Numbers,
  x: Numbers,
  splitOf: (q: number) => number,
  splitK: number,
): Result {
  const taps = tapsOf(s);
  const values = new Float64Array(splitK * s.outputs * s.inputs * taps);
  const magnitude = new Float64Array(values.length);
  const columns = s.images * outputHeight(s) * outputWidth(s);
  for (let m = 0; m < s.outputs; m++) {
    const dy = Array.from({ length: columns }, (_, q) => corrected(s, gradient, y, correction, m, q));
    for (let c = 0; c < s.inputs; c++)
      overlaps(
        s,
        (q, tap, p) => {
          const { value, size } = dy[q] ?? { value: Number.NaN, size: Number.NaN };
          const i = ((splitOf(q) * s.outputs + m) * s.inputs + c) * taps + tap;
          const pixel = at(x, c * s.stride + p);
          values[i] = at(values, i) + value * pixel;
          magnitude[i] = at(magnitude, i) + size * Math.abs(pixel);
        },
        (q, tap) => {
          const i = ((splitOf(q) * s.outputs + m) * s.inputs + c) * taps + tap;
          values[i] = at(values, i) + 0 * (dy[q]?.value ?? Number.NaN);
        },
      );
  }
  return { values, magnitude };
}

/**
 * d loss / d x[c, p] = sum dy[m, q] * weight[m, c, tap]; weight [M][C][taps], NaN where nothing is written. The gradient is
 * zero around the map, which makes NaN of an infinite weight.
 */
export function backwardData(s: StemSize, weight: Numbers, gradient: Numbers, y: Numbers, correction: Numbers): Result {
  const out = untouched(s.inputs * s.stride);
  const [rows, columns] = [outputHeight(s), outputWidth(s)];
  const [kernel, pad] = [s.kernelSize, s.kernelSize >> 1];
  for (let m = 0; m < s.outputs; m++) {
    const dy = Array.from({ length: s.images * rows * columns }, (_, q) => corrected(s, gradient, y, correction, m, q));
    for (let c = 0; c < s.inputs; c++)
      for (let p = 0; p < s.images * s.height * s.width; p++) {
        const [n, row, column] = [Math.floor(p / s.width / s.height), Math.floor(p / s.width) % s.height, p % s.width];
        const i = c * s.stride + p;
        if (m === 0) out.values[i] = 0;
        // Taps of the parity that a stride of two leaves.
        for (let ky = (row + pad) % 2; ky < kernel; ky += 2)
          for (let kx = (column + pad) % 2; kx < kernel; kx += 2) {
            const [r, w] = [(row + pad - ky) / 2, (column + pad - kx) / 2];
            const inside = r >= 0 && r < rows && w >= 0 && w < columns;
            const { value, size } = (inside ? dy[(n * rows + r) * columns + w] : undefined) ?? { value: 0, size: 0 };
            const tap = at(weight, (m * s.inputs + c) * kernel * kernel + ky * kernel + kx);
            out.values[i] = at(out.values, i) + value * tap;
            if (inside) out.magnitude[i] = at(out.magnitude, i) + size * Math.abs(tap);
          }
      }
  }
  return out;
}
