// What the 3x3 kernels compute, as the formulas read: float64, plain loops, no tiles. Each result comes with its
// magnitude, the sum of its terms' absolute values: what roundings are measured against.

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

/**
 * sum over channels and taps of weight[m, k, tap] * x[k, p + offset(tap)], x zero outside: infinite weights make NaN of
 * it. weight: [outputs][inputs][9].
 */
export function convolution(
  size: Maps & { readonly inputs: number; readonly outputs: number },
  x: Result,
  weight: Numbers,
): Result {
  const { images, height, width, stride, inputs, outputs } = size;
  const values = unwritten(outputs * stride);
  const magnitude = unwritten(values.length);
  for (let m = 0; m < outputs; m++) {
    for (let row = 0; row < images * height; row++) {
      const h = row % height;
      for (let w = 0; w < width; w++) {
        let sum = 0;
        let terms = 0;
        for (let tap = 0; tap < 9; tap++) {
          const [dh, dw] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
          const p = (row + dh) * width + w + dw;
          const inside = h + dh >= 0 && h + dh < height && w + dw >= 0 && w + dw < width;
          for (let k = 0; k < inputs; k++) {
            const coefficient = at(weight, (m * inputs + k) * 9 + tap);
            sum += coefficient * (inside ? at(x.values, k * stride + p) : 0);
            if (inside) terms += Math.abs(coefficient) * at(x.magnitude, k * stride + p);
          }
        }
        values[m * stride + row * width + w] = sum;
        magnitude[m * stride + row * width + w] = terms;
      }
    }
  }
  return { values, magnitude };
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
 * row is zero, which makes NaN of an infinite dy; rows above and below the image are left out.
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
  for (let m = 0; m < outputs; m++) {
    for (let c = 0; c < inputs; c++) {
      for (let tap = 0; tap < 9; tap++) {
        const [dh, dw] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
        for (let row = 0; row < images * height; row++) {
          const h = (row % height) + dh;
          if (h < 0 || h >= height) continue;
          for (let w = 0; w < width; w++) {
            const i = m * stride + row * width + w;
            const j = c * stride + (row + dh) * width + w + dw;
            const inside = w + dw >= 0 && w + dw < width;
            const to = ((splitOf(row, w) * outputs + m) * inputs + c) * 9 + tap;
            values[to] = at(values, to) + at(dy.values, i) * (inside ? at(a.values, j) : 0);
            if (inside) magnitude[to] = at(magnitude, to) + at(dy.magnitude, i) * at(a.magnitude, j);
          }
        }
      }
    }
  }
  return { values, magnitude };
}
