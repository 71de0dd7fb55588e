// The sums of the lessons, as the formulas read, on grids small enough to be seen whole: rows of numbers.

export type Grid = readonly (readonly number[])[];

const zip = (a: Grid, b: Grid, f: (x: number, y: number) => number): Grid =>
  a.map((row, i) => row.map((x, j) => f(x, b[i]?.[j] ?? Number.NaN)));

export const add = (a: Grid, b: Grid): Grid => zip(a, b, (x, y) => x + y);

/** u a + v b: a 1x1 convolution of the two channels [a, b] with the weights u and v. */
export const mix = (a: Grid, b: Grid, u: number, v: number): Grid => zip(a, b, (x, y) => u * x + v * y);

/** The same sum from other parts: something is moved from one to the other in every cell, by the cell's place. */
export function otherParts(a: Grid, b: Grid, round: number): readonly [Grid, Grid] {
  const moved = (i: number, j: number) => ((7 * i + 3 * j + round) % 5) - 2 || 3;
  return [a.map((row, i) => row.map((x, j) => x + moved(i, j))), b.map((row, i) => row.map((y, j) => y - moved(i, j)))];
}

/** A 1x1 convolution at one pixel: [outputs][inputs] times [inputs]. */
export const product = (weights: Grid, pixel: readonly number[]): readonly number[] =>
  weights.map((row) => row.reduce((sum, weight, i) => sum + weight * (pixel[i] ?? Number.NaN), 0));

/** Means of 2x2 windows; an odd last row or column is dropped. */
export const pool = (map: Grid): Grid =>
  Array.from({ length: map.length >> 1 }, (_, i) =>
    Array.from({ length: (map[0]?.length ?? 0) >> 1 }, (_, j) => {
      const at = (h: number, w: number) => map[2 * i + h]?.[2 * j + w] ?? Number.NaN;
      return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
    }),
  );

export interface Normalised {
  readonly mean: number;
  /** Of the values as they are, divided by their number. */
  readonly variance: number;
  /** (x - mean) / sqrt(variance + 1e-5) */
  readonly normal: readonly number[];
  /** scale * normal + shift */
  readonly affine: readonly number[];
  /** max(0, affine) */
  readonly activated: readonly number[];
}

export function normalise(values: readonly number[], scale: number, shift: number): Normalised {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  const normal = values.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
  const affine = normal.map((x) => scale * x + shift);
  return { mean, variance, normal, affine, activated: affine.map((x) => Math.max(0, x)) };
}
