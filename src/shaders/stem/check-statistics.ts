// What partial results amount to. A kernel's split of the columns into tiles is its own business; that the tiles'
// statistics, together, are the row's is not. Trials therefore rebuild each tile from the kernel's own tiling.

import type { Expected } from '../kernel-check.ts';

/**
 * (count, mean, M2, 0) of every tile: `tileOf(q)` says which one column q belongs to. Values and magnitudes are
 * [channels][stride], as a reference returns them.
 */
export function tileStatistics(
  out: { readonly values: ArrayLike<number>; readonly magnitude: ArrayLike<number> },
  shape: { readonly channels: number; readonly stride: number; readonly columns: number; readonly tiles: number },
  tileOf: (column: number) => number,
): Expected {
  const { channels, stride, columns, tiles } = shape;
  const values = new Float64Array(channels * tiles * 4);
  const magnitude = new Float64Array(channels * tiles * 4);
  const add = (to: Float64Array, i: number, value: number) => {
    to[i] = (to[i] ?? 0) + value;
  };
  for (let c = 0; c < channels; c++) {
    const each = (visit: (tile: number, value: number, size: number) => void) => {
      for (let q = 0; q < columns; q++) {
        const i = c * stride + q;
        visit(4 * (c * tiles + tileOf(q)), out.values[i] ?? Number.NaN, out.magnitude[i] ?? Number.NaN);
      }
    };
    each((tile) => add(values, tile, 1));
    each((tile, value, size) => {
      const count = values[tile] ?? 1;
      add(values, tile + 1, value / count);
      add(magnitude, tile + 1, size / count);
    });
    each((tile, value, size) => {
      const distance = value - (values[tile + 1] ?? 0);
      add(values, tile + 2, distance ** 2);
      add(magnitude, tile + 2, distance ** 2 + 2 * Math.abs(distance) * (size + (magnitude[tile + 1] ?? 0)));
    });
  }
  return { values, magnitude };
}
