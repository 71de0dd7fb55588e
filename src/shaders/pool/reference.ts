// What the pool's kernels compute, as the formulas read: float64, plain loops, no tiles. Every function returns the
// values and, beside each, its magnitude: the sum of the absolute values of the terms, to which rounding is relative.

import { type PoolSize, pooledHeight, pooledWidth } from './shapes.ts';

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

interface Window {
  readonly channel: number;
  /** Pooled column. */
  readonly q: number;
  /** The input column that the first maximum lies in, row by row (of NaNs, which win, the last), and its activation. */
  readonly p: number;
  readonly value: number;
  readonly size: number;
}

function eachWindow(s: PoolSize, x: Numbers, affine: Numbers, visit: (window: Window) => void): void {
  const [rows, columns] = [pooledHeight(s), pooledWidth(s)];
  for (let channel = 0; channel < s.channels; channel++)
    for (let q = 0; q < s.images * rows * columns; q++) {
      const [n, r, w] = [Math.floor(q / (rows * columns)), Math.floor(q / columns) % rows, q % columns];
      let best = { p: -1, value: Number.NEGATIVE_INFINITY, size: 0 };
      for (let row = 2 * r - 1; row <= 2 * r + 1; row++)
        for (let column = 2 * w - 1; column <= 2 * w + 1; column++) {
          if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;
          const p = (n * s.height + row) * s.width + column;
          const product = at(x, channel * s.stride + p) * at(affine, 4 * channel);
          // As float32 has it: which of two maxima is the first is decided after the rounding.
          const value = Math.max(0, Math.fround(product + at(affine, 4 * channel + 1)));
          if (value > best.value || Number.isNaN(value))
            best = { p, value, size: Math.abs(product) + Math.abs(at(affine, 4 * channel + 1)) };
        }
      visit({ channel, q, ...best });
    }
}

/** Max of relu(x * scale + shift) over 3x3 windows; NaN where nothing is written. */
export function forward(s: PoolSize, x: Numbers, affine: Numbers): Result {
  const out = untouched(s.channels * s.outStride);
  eachWindow(s, x, affine, ({ channel, q, value, size }) => {
    out.values[channel * s.outStride + q] = value;
    out.magnitude[channel * s.outStride + q] = size;
  });
  return out;
}

/** g = (sum of dy over the windows whose first maximum a pixel is) * [relu(z) is not 0], dy = G - a - (y - mean) * b. */
export function backward(
  s: PoolSize,
  gradient: Numbers,
  y: Numbers,
  correction: Numbers,
  x: Numbers,
  affine: Numbers,
): Result {
  const g = untouched(s.channels * s.stride);
  for (let c = 0; c < s.channels; c++) g.values.fill(0, c * s.stride, c * s.stride + s.images * s.height * s.width);
  eachWindow(s, x, affine, ({ channel: c, q, p, value }) => {
    if (value <= 0) return;
    const i = c * s.outStride + q;
    const [a, b, mean] = [at(correction, 4 * c), at(correction, 4 * c + 1), at(correction, 4 * c + 2)];
    const deferred = (at(y, i) - mean) * b;
    const to = c * s.stride + p;
    g.values[to] = at(g.values, to) + at(gradient, i) - a - deferred;
    g.magnitude[to] = at(g.magnitude, to) + Math.abs(at(gradient, i)) + Math.abs(a) + Math.abs(deferred);
  });
  return g;
}
