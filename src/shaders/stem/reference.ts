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

const OUTSIDE = -1;

/** The input column p that each tap of each output column q lies over, [q][tap]; OUTSIDE over the zeros around the image. */
function columnsUnder(s: StemSize): Int32Array {
  const [rows, columns] = [outputHeight(s), outputWidth(s)];
  const [kernel, pad, taps] = [s.kernelSize, s.kernelSize >> 1, tapsOf(s)];
  const under = new Int32Array(s.images * rows * columns * taps).fill(OUTSIDE);
  for (let n = 0; n < s.images; n++)
    for (let r = 0; r < rows; r++)
      for (let w = 0; w < columns; w++)
        for (let tap = 0; tap < taps; tap++) {
          const y = 2 * r + Math.floor(tap / kernel) - pad;
          const x = 2 * w + (tap % kernel) - pad;
          if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
          under[((n * rows + r) * columns + w) * taps + tap] = (n * s.height + y) * s.width + x;
        }
  return under;
}

/** out[m, q] = bias[m] + sum weight[m, c, tap] * x[c, p]; weight [M][C][taps], NaN where nothing is written. */
export function forward(s: StemSize, weight: Numbers, x: Numbers, bias: Numbers | undefined): Result {
  const taps = tapsOf(s);
  const columns = s.images * outputHeight(s) * outputWidth(s);
  const under = columnsUnder(s);
  const out = untouched(s.outputs * s.outStride);
  // Typed arrays of one kind: a large image has a hundred million taps.
  const [weights, pixels, { values, magnitude }] = [Float64Array.from(weight), Float64Array.from(x), out];
  for (let m = 0; m < s.outputs; m++) {
    const row = m * s.outStride;
    const start = bias ? at(bias, m) : 0;
    for (let q = 0; q < columns; q++) {
      let [value, size] = [start, Math.abs(start)];
      for (let c = 0; c < s.inputs; c++)
        for (let tap = 0; tap < taps; tap++) {
          const w = weights[(m * s.inputs + c) * taps + tap] ?? Number.NaN;
          const p = under[q * taps + tap] ?? OUTSIDE;
          // Outside: nothing, unless the weight is infinite.
          const term = p === OUTSIDE ? 0 * w : w * (pixels[c * s.stride + p] ?? Number.NaN);
          value += term;
          if (p !== OUTSIDE) size += Math.abs(term);
        }
      values[row + q] = value;
      magnitude[row + q] = size;
    }
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
  const under = columnsUnder(s);
  const pixels = Float64Array.from(x);
  const splits = Int32Array.from({ length: columns }, (_, q) => splitOf(q));
  for (let m = 0; m < s.outputs; m++) {
    const dy = Array.from({ length: columns }, (_, q) => corrected(s, gradient, y, correction, m, q));
    for (let c = 0; c < s.inputs; c++)
      for (const [q, { value, size }] of dy.entries()) {
        const first = (((splits[q] ?? 0) * s.outputs + m) * s.inputs + c) * taps;
        for (let tap = 0; tap < taps; tap++) {
          const p = under[q * taps + tap] ?? OUTSIDE;
          const pixel = p === OUTSIDE ? 0 : (pixels[c * s.stride + p] ?? Number.NaN);
          values[first + tap] = (values[first + tap] ?? 0) + value * pixel;
          magnitude[first + tap] = (magnitude[first + tap] ?? 0) + (p === OUTSIDE ? 0 : size * Math.abs(pixel));
        }
      }
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
