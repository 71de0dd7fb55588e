// What the 3x3 kernels compute, as the formulas read: float64, plain loops, no tiles. Each result comes with its
// magnitude, the sum of its terms' absolute values: what roundings are measured against.

import { addDots, asFloat64, weightedSum } from '../parts/products.ts';
import { type Conv3x3BackwardSize, type Conv3x3Size, type Maps, positions } from './size.ts';

type Numbers = ArrayLike<number>;

export interface Result {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

const at = (a: Numbers, i: number): number => a[i] ?? Number.NaN;
const unwritten = (length: number) => new Float64Array(length).fill(Number.NaN);

/** relu(x * scale + shift) and its terms' magnitude, or x itself without `affine`. [channels][stride] */
export function activation(size: Maps, channels: number, x: Numbers, affine: Numbers | undefined): Result {
  const values = unwritten(channels * size.stride);
  const magnitude = unwritten(values.length);
  for (let c = 0; c < channels; c++) {
    for (let i = c * size.stride; i < c * size.stride + positions(size); i++) {
      const scaled = affine ? at(x, i) * at(affine, c * 4) : at(x, i);
      const shift = affine ? at(affine, c * 4 + 1) : 0;
      values[i] = affine ? Math.max(0, scaled + shift) : scaled;
      magnitude[i] = Math.abs(scaled) + Math.abs(shift);
    }
  }
  return { values, magnitude };
}

/** dy = (G - a - (x - mean) * b) * mask: the gradient of a layer's output before dropout. [outputs][stride] */
export function outputGradient(
  size: Conv3x3BackwardSize,
  gradient: Numbers,
  y: Numbers,
  correction: Numbers,
  mask: (index: number) => number,
): Result {
  const { outputs, correctionFirst: first = 0 } = size;
  const values = unwritten(outputs * size.stride);
  const magnitude = unwritten(values.length);
  for (let m = 0; m < outputs; m++) {
    const row = (first + m) * 4;
    const [a, b, mean] = [at(correction, row), at(correction, row + 1), at(correction, row + 2)];
    for (let p = 0; p < positions(size); p++) {
      const i = m * size.stride + p;
      const keep = mask(m * positions(size) + p);
      values[i] = (at(gradient, i) - a - (at(y, i) - mean) * b) * keep;
      magnitude[i] =
        (Math.abs(at(gradient, i)) + Math.abs(a) + (Math.abs(at(y, i)) + Math.abs(mean)) * Math.abs(b)) * keep;
    }
  }
  return { values, magnitude };
}

/** Rows of maps with a pixel of zeros around each map: [channels][images][height + 2][width + 2]. */
function framed({ images, height, width, stride }: Maps, channels: number, x: Numbers): Float64Array {
  const values = asFloat64(x);
  const [rows, columns] = [height + 2, width + 2];
  const out = new Float64Array(channels * images * rows * columns);
  for (let k = 0; k < channels; k++)
    for (let row = 0; row < images * height; row++) {
      const from = k * stride + row * width;
      const to = ((k * images + Math.floor(row / height)) * rows + (row % height) + 1) * columns + 1;
      out.set(values.subarray(from, from + width), to);
    }
  return out;
}

/**
 * sum over channels and taps of weight[m, k, tap] * x[k, p + offset(tap)], x zero outside: infinite weights make NaN of
 * it. weight: [outputs][inputs][9]. Without magnitudes of the terms none of the sums.
 */
export function convolution(
  size: Maps & { readonly inputs: number; readonly outputs: number },
  x: Result,
  weight: Numbers,
): Result {
  const { images, height, width, stride, inputs, outputs } = size;
  const out = { values: unwritten(outputs * stride), magnitude: unwritten(outputs * stride) };
  const [rows, columns] = [height + 2, width + 2];
  const plane = images * rows * columns;
  // From the first pixel of the first map to the last of the last; what is computed for the frames is left out.
  const [first, count] = [columns + 1, plane - 2 * (columns + 1)];
  const coefficients = new Float64Array(inputs * 9);
  const offsets = Int32Array.from({ length: inputs * 9 }, (_, i) => {
    const [k, tap] = [Math.floor(i / 9), i % 9];
    return k * plane + first + (Math.floor(tap / 3) - 1) * columns + (tap % 3) - 1;
  });
  const sum = new Float64Array(plane);
  for (const [to, terms] of [
    [out.values, x.values],
    [out.magnitude, x.magnitude],
  ] as const) {
    if (terms.length === 0) continue;
    const from = framed(size, inputs, terms);
    for (let m = 0; m < outputs; m++) {
      for (let i = 0; i < inputs * 9; i++) {
        const coefficient = at(weight, m * inputs * 9 + i);
        coefficients[i] = to === out.values ? coefficient : Math.abs(coefficient);
      }
      weightedSum(sum, first, count, from, offsets, coefficients);
      for (let row = 0; row < images * height; row++) {
        const start = (Math.floor(row / height) * rows + (row % height) + 1) * columns + 1;
        to.set(sum.subarray(start, start + width), m * stride + row * width);
      }
    }
  }
  return out;
}

/** out *= mask. */
export function masked(size: Maps, channels: number, out: Result, mask: (index: number) => number): Result {
  const values = out.values.slice();
  const magnitude = out.magnitude.slice();
  for (let m = 0; m < channels; m++) {
    for (let p = 0; p < positions(size); p++) {
      const keep = mask(m * positions(size) + p);
      values[m * size.stride + p] = at(values, m * size.stride + p) * keep;
      magnitude[m * size.stride + p] = at(magnitude, m * size.stride + p) * keep;
    }
  }
  return { values, magnitude };
}

/** The positions of every tile: `rows` rows of the batch by `columns` columns, row of tiles after row of tiles. */
export function tilePositions(size: Maps, rows: number, columns: number): number[][] {
  const tiles: number[][] = [];
  for (let row = 0; row < size.images * size.height; row += rows) {
    for (let column = 0; column < size.width; column += columns) {
      const tile: number[] = [];
      for (let r = row; r < Math.min(row + rows, size.images * size.height); r++) {
        for (let w = column; w < Math.min(column + columns, size.width); w++) tile.push(r * size.width + w);
      }
      tiles.push(tile);
    }
  }
  return tiles;
}

/** [channels][tiles]: count, mean, sum of squared deviations, 0, of the columns of every tile. */
export function statistics(
  size: Maps,
  channels: number,
  out: { readonly values: Numbers; readonly magnitude: Numbers },
  tiles: readonly number[][],
): Result {
  const values = new Float64Array(channels * tiles.length * 4);
  const magnitude = new Float64Array(values.length);
  for (let m = 0; m < channels; m++) {
    for (const [t, tile] of tiles.entries()) {
      const all = tile.map((p) => at(out.values, m * size.stride + p));
      const terms = tile.map((p) => at(out.magnitude, m * size.stride + p));
      const largest = Math.max(...terms);
      const mean = all.reduce((a, b) => a + b, 0) / tile.length;
      const squares = all.reduce((a, b) => a + (b - mean) ** 2, 0);
      values.set([tile.length, mean, squares, 0], (m * tiles.length + t) * 4);
      magnitude.set([tile.length, largest, 4 * tile.length * largest ** 2, 0], (m * tiles.length + t) * 4);
    }
  }
  return { values, magnitude };
}

/** Through BN-ReLU: scale * g (+ old), and the sums of g and g * (x - mean) of every tile. [C][stride], [C][tiles][2] */
export function normBackward(
  size: Conv3x3Size,
  da: Result,
  x: Numbers,
  affine: Numbers,
  old: Numbers | undefined,
  tiles: readonly number[][],
): { out: Result; sums: Result } {
  const out = { values: unwritten(da.values.length), magnitude: unwritten(da.values.length) };
  const length = size.inputs * tiles.length * 2;
  const sums = { values: new Float64Array(length), magnitude: new Float64Array(length) };
  const add = (to: number, value: number, terms: number) => {
    sums.values[to] = at(sums.values, to) + value;
    sums.magnitude[to] = at(sums.magnitude, to) + terms;
  };
  for (let c = 0; c < size.inputs; c++) {
    const [scale, shift, mean] = [at(affine, c * 4), at(affine, c * 4 + 1), at(affine, c * 4 + 2)];
    for (const [t, tile] of tiles.entries()) {
      for (const p of tile) {
        const i = c * size.stride + p;
        const open = !(at(x, i) * scale + shift <= 0);
        const g = open ? at(da.values, i) : 0;
        const terms = open ? at(da.magnitude, i) : 0;
        const before = old ? at(old, i) : 0;
        out.values[i] = before + scale * g;
        out.magnitude[i] = Math.abs(before) + Math.abs(scale) * terms;
        add((c * tiles.length + t) * 2, g, terms);
        add((c * tiles.length + t) * 2 + 1, g * (at(x, i) - mean), terms * (Math.abs(at(x, i)) + Math.abs(mean)));
      }
    }
  }
  return { out, sums };
}

/**
 * sums over each split's positions of dy[m, p] * a[c, p + offset(tap)]: [splits][outputs][inputs][9]. What lies beside a
 * row is zero, which makes NaN of an infinite dy; rows above and below the image are left out. Without magnitudes of the
 * terms none of the sums.
 */
export function weightGradient(
  size: Conv3x3Size,
  splitK: number,
  splitOf: (row: number, column: number) => number,
  dy: Result,
  a: Result,
): Result {
  const { images, height, width, stride, inputs, outputs } = size;
  const values = new Float64Array(splitK * outputs * inputs * 9);
  const magnitude = new Float64Array(values.length);
  const [rows, columns] = [height + 2, width + 2];
  const plane = images * rows * columns;
  const runs = runsOf(images * height, width, splitOf);
  const offsets = new Int32Array(inputs * 3);
  const found = new Float64Array(inputs * 3);
  for (const [to, gradients, activations] of [
    [values, dy.values, a.values],
    [magnitude, dy.magnitude, a.magnitude],
  ] as const) {
    if (gradients.length === 0) continue;
    const terms = framed(size, inputs, activations);
    for (const { row, column, length, split } of runs) {
      for (let dh = -1; dh <= 1; dh++) {
        const h = (row % height) + dh;
        if (h < 0 || h >= height) continue;
        const start = (Math.floor(row / height) * rows + h + 1) * columns + column;
        for (let c = 0; c < inputs; c++) for (let dw = 0; dw < 3; dw++) offsets[c * 3 + dw] = c * plane + start + dw;
        for (let m = 0; m < outputs; m++) {
          found.fill(0);
          addDots(found, gradients, m * stride + row * width + column, length, terms, offsets);
          const place = (split * outputs + m) * inputs * 9 + (dh + 1) * 3;
          for (let c = 0; c < inputs; c++)
            for (let dw = 0; dw < 3; dw++) {
              const i = place + c * 9 + dw;
              to[i] = at(to, i) + at(found, c * 3 + dw);
            }
        }
      }
    }
  }
  return { values, magnitude };
}

/** Neighbouring columns of a row that belong to one split. */
function runsOf(rows: number, width: number, splitOf: (row: number, column: number) => number) {
  const runs: { row: number; column: number; length: number; split: number }[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++) {
      const split = splitOf(row, column);
      const last = runs.at(-1);
      if (last && last.row === row && last.split === split) last.length++;
      else runs.push({ row, column, length: 1, split });
    }
  return runs;
}
