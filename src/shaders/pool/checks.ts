// What the max-pool's kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { tileStatistics } from '../statistics/reference.ts';
import { backwardTiles, poolBackward } from './backward.ts';
import { forwardTiles, poolForward } from './forward.ts';
import { backward, forward } from './reference.ts';
import { INVOCATIONS, type PoolSize, pooledColumns, pooledHeight, pooledWidth } from './shapes.ts';

/** Which tile of a row a pooled column belongs to. */
const tileOf = (s: PoolSize, ROWS: number) => (q: number) => {
  const [rows, columns] = [pooledHeight(s), pooledWidth(s)];
  const strip =
    Math.floor(q / (rows * columns)) * Math.ceil(rows / ROWS) + Math.floor((Math.floor(q / columns) % rows) / ROWS);
  return Math.floor((strip * columns + (q % columns)) / INVOCATIONS);
};

export const forwardReference = defineReference({
  kernel: poolForward,
  reference: (s, { x = [], affine = [] }, p, _settings, stored) => {
    const out = forward(s, x, affine);
    if (!p.HAS_STATISTICS) return { out };
    const shape = { channels: s.channels, stride: s.outStride, columns: pooledColumns(s), tiles: forwardTiles(s, p) };
    return { out, partials: tileStatistics(stored(out), shape, tileOf(s, p.ROWS)) };
  },
  // A maximum is one multiply-add; a tile's sum is ROWS additions and six more, over 64 invocations.
  roundings: (_, p) => 2 + (p.HAS_STATISTICS ? p.ROWS + 10 : 0),
  place: (binding, i, s) =>
    binding === 'out' ? `channel ${Math.floor(i / s.outStride)}, column ${i % s.outStride}` : `channel tile ${i >> 2}`,
});

export const backwardReference = defineReference({
  kernel: poolBackward,
  reference: (s, { gradient = [], y = [], correction = [], x = [], affine = [] }, p) => {
    const g = backward(s, gradient, y, correction, x, affine);
    const tiles = backwardTiles(s, p);
    const out = { values: g.values.slice(), magnitude: g.magnitude.slice() };
    const sums = {
      values: new Float64Array(2 * s.channels * tiles),
      magnitude: new Float64Array(2 * s.channels * tiles),
    };
    const tile = tileOf(s, p.ROWS);
    for (let c = 0; c < s.channels; c++)
      for (let i = 0; i < s.images * s.height * s.width; i++) {
        const [n, row, column] = [
          Math.floor(i / (s.height * s.width)),
          Math.floor(i / s.width) % s.height,
          i % s.width,
        ];
        const quad = (n * pooledHeight(s) + (row >> 1)) * pooledWidth(s) + (column >> 1);
        const from = c * s.stride + i;
        const to = 2 * (c * tiles + tile(quad));
        const [value = Number.NaN, size = Number.NaN] = [g.values[from], g.magnitude[from]];
        const scale = affine[4 * c] ?? Number.NaN;
        const distance = (x[from] ?? Number.NaN) - (affine[4 * c + 2] ?? Number.NaN);
        out.values[from] = scale * value;
        out.magnitude[from] = Math.abs(scale) * size;
        sums.values[to] = (sums.values[to] ?? 0) + value;
        sums.magnitude[to] = (sums.magnitude[to] ?? 0) + size;
        sums.values[to + 1] = (sums.values[to + 1] ?? 0) + value * distance;
        sums.magnitude[to + 1] = (sums.magnitude[to + 1] ?? 0) + Math.abs(size * distance);
      }
    return p.HAS_SUMS ? { out, sums } : { out };
  },
  // Four windows of three operations each, the scale; then 4 ROWS additions and six more, over 64 invocations.
  roundings: (_, p) => 16 + 4 * p.ROWS + 8,
  place: (binding, i, s) => {
    if (binding === 'sums') return `channel tile ${i >> 1}`;
    const p = i % s.stride;
    const [n, q] = [Math.floor(p / (s.height * s.width)), p % (s.height * s.width)];
    return `channel ${Math.floor(i / s.stride)}, image ${n}, row ${Math.floor(q / s.width)}, column ${q % s.width}`;
  },
});
