// What the statistics kernels compute, as the formulas read: float64, plain loops. Each result comes with a magnitude:
// how large the terms are whose rounding it carries, so that a test can derive what float32 may be off by.

import { BATCH_NORM_MOMENTUM } from './batch-norm.ts';
import type { FinalizeSize } from './finalize.ts';
import type { FinalizeBackwardSize } from './finalize-backward.ts';
import type { NormOffsets, RunningAffineSize } from './running-affine.ts';

type Numbers = ArrayLike<number>;

export interface Result {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

const at = (numbers: Numbers | undefined, i: number): number => numbers?.[i] ?? Number.NaN;
const result = (length: number): Result => ({
  values: new Float64Array(length).fill(Number.NaN),
  magnitude: new Float64Array(length),
});
function put(into: Result, i: number, value: number, magnitude: number): void {
  into.values[i] = value;
  into.magnitude[i] = magnitude;
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
  readonly meanMagnitude: number;
  readonly varianceMagnitude: number;
}

/** Mean and biased variance of a row from its tiles' (count, mean, M2): the definition, not a merge. */
function moments(partials: Numbers, row: number, tiles: number): Moments {
  let count = 0;
  let sum = 0;
  let absolute = 0;
  for (let t = 0; t < tiles; t++) {
    const i = (row * tiles + t) * 4;
    count += at(partials, i);
    sum += at(partials, i) * at(partials, i + 1);
    absolute += at(partials, i) * Math.abs(at(partials, i + 1));
  }
  const mean = sum / count;
  let squares = 0;
  let magnitude = 0;
  for (let t = 0; t < tiles; t++) {
    const i = (row * tiles + t) * 4;
    const apart = at(partials, i + 1) - mean;
    squares += at(partials, i + 2) + at(partials, i) * apart * apart;
    magnitude += at(partials, i + 2) + at(partials, i) * (apart * apart + Math.abs(apart) * (absolute / count));
  }
  return {
    mean,
    variance: squares / count,
    meanMagnitude: absolute / count,
    varianceMagnitude: magnitude / count,
  };
}

/** A norm's (scale, shift, mean, rstd) at affine[c]. */
function putAffine(affine: Result, c: number, gamma: number, beta: number, m: Moments, epsilon: number): void {
  const rstd = 1 / Math.sqrt(m.variance + epsilon);
  const rstdMagnitude = rstd * (1 + m.varianceMagnitude / (m.variance + epsilon));
  put(affine, 4 * c, gamma * rstd, Math.abs(gamma) * rstdMagnitude);
  const shiftMagnitude = Math.abs(beta) + m.meanMagnitude * Math.abs(gamma) * rstdMagnitude;
  put(affine, 4 * c + 1, beta - m.mean * gamma * rstd, shiftMagnitude);
  put(affine, 4 * c + 2, m.mean, m.meanMagnitude);
  put(affine, 4 * c + 3, rstd, rstdMagnitude);
}

const exact = (mean: number, variance: number): Moments => ({
  mean,
  variance,
  meanMagnitude: Math.abs(mean),
  varianceMagnitude: variance,
});

/** statistics and affine of a norm, and its running statistics; NaN where nothing is written. */
export function finalize(
  size: FinalizeSize,
  { partials, statistics, gamma, beta, running }: Readonly<Record<string, Numbers>>,
): { statistics: Result; affine: Result; running: Result } {
  const { channels, first, tiles, count, varianceOffset, epsilon } = size;
  const outputs = {
    statistics: result(2 * channels),
    affine: result(4 * channels),
    running: result(varianceOffset + channels),
  };
  for (let c = 0; c < channels; c++) {
    const known = exact(at(statistics, 2 * c), at(statistics, 2 * c + 1));
    const m = c < first ? known : moments(partials ?? [], c - first, tiles);
    if (c >= first) {
      put(outputs.statistics, 2 * c, m.mean, m.meanMagnitude);
      put(outputs.statistics, 2 * c + 1, m.variance, m.varianceMagnitude);
    }
    putAffine(outputs.affine, c, at(gamma, c), at(beta, c), m, epsilon);
    const unbiased = count / Math.max(count - 1, 1);
    const track = (i: number, now: number, magnitude: number) => {
      const kept = (1 - BATCH_NORM_MOMENTUM) * at(running, i);
      put(outputs.running, i, kept + BATCH_NORM_MOMENTUM * now, Math.abs(kept) + BATCH_NORM_MOMENTUM * magnitude);
    };
    track(c, m.mean, m.meanMagnitude);
    track(varianceOffset + c, m.variance * unbiased, m.varianceMagnitude * unbiased);
  }
  return outputs;
}

/** Gradients of gamma and beta and the correction; `old` values are added where asked. */
export function finalizeBackward(
  size: FinalizeBackwardSize,
  { sums, affine, gammaGradient, betaGradient, correction }: Readonly<Record<string, Numbers>>,
  options: { readonly accumulate: boolean; readonly accumulates: boolean },
): { gammaGradient: Result; betaGradient: Result; correction: Result } {
  const { channels, tiles, count } = size;
  const outputs = {
    gammaGradient: result(channels),
    betaGradient: result(channels),
    correction: result(4 * channels),
  };
  const add = (into: Result, i: number, now: number, magnitude: number, old: number | undefined) =>
    put(into, i, now + (old ?? 0), magnitude + Math.abs(old ?? 0));
  for (let c = 0; c < channels; c++) {
    const total = [0, 0];
    const absolute = [0, 0];
    for (let i = 0; i < 2 * tiles; i++) {
      const value = at(sums, 2 * c * tiles + i);
      total[i % 2] = at(total, i % 2) + value;
      absolute[i % 2] = at(absolute, i % 2) + Math.abs(value);
    }
    const [scale, mean, rstd] = [at(affine, 4 * c), at(affine, 4 * c + 2), at(affine, 4 * c + 3)];
    const [dbeta, dgamma] = [at(total, 0), rstd * at(total, 1)];
    const [betaMagnitude, gammaMagnitude] = [at(absolute, 0), rstd * at(absolute, 1)];
    add(outputs.betaGradient, c, dbeta, betaMagnitude, options.accumulate ? at(betaGradient, c) : undefined);
    add(outputs.gammaGradient, c, dgamma, gammaMagnitude, options.accumulate ? at(gammaGradient, c) : undefined);
    const share = scale / count;
    for (const [i, now, magnitude] of [
      [4 * c, share * dbeta, Math.abs(share) * betaMagnitude],
      [4 * c + 1, share * rstd * dgamma, Math.abs(share) * rstd * gammaMagnitude],
    ] as const) {
      add(outputs.correction, i, now, magnitude, options.accumulates ? at(correction, i) : undefined);
    }
    put(outputs.correction, 4 * c + 2, mean, Math.abs(mean));
    put(outputs.correction, 4 * c + 3, 0, 0);
  }
  return outputs;
}

/** Running statistics and the staged ones: committed where `isSettled`, else discarded. */
export const commit = (running: Numbers, staged: Numbers, isSettled: boolean) =>
  isSettled ? { running: staged, staged } : { running, staged: running };

/** affine and shifts of every norm; NaN where no norm lies. */
export function runningAffine(
  norms: readonly NormOffsets[],
  { affines, epsilon }: Pick<RunningAffineSize, 'affines' | 'epsilon'>,
  parameters: Numbers,
  running: Numbers,
): { affine: Result; shifts: Result } {
  const affine = result(4 * affines);
  const shifts = result(affines);
  for (const norm of norms) {
    for (let c = 0; c < norm.channels; c++) {
      const i = norm.affine + c;
      const m = exact(at(running, norm.mean + c), at(running, norm.variance + c));
      putAffine(affine, i, at(parameters, norm.gamma + c), at(parameters, norm.beta + c), m, epsilon);
      put(shifts, i, at(affine.values, 4 * i + 1), at(affine.magnitude, 4 * i + 1));
    }
  }
  return { affine, shifts };
}

/**
 * partials [channels][tiles][4]: (count, mean, M2, 0) of each tile of `out` [channels][stride]. How a kernel splits its
 * columns into tiles is its own business: `tileOf(q)` is the tile of column q.
 */
export function tileStatistics(
  out: { readonly values: Numbers; readonly magnitude: Numbers },
  shape: { readonly channels: number; readonly stride: number; readonly columns: number; readonly tiles: number },
  tileOf: (column: number) => number,
): Result {
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
