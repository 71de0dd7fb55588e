// Computed tensors against a golden's: relative L2 error, beside what float32 costs PyTorch itself.

import type { StateTensor } from '../state.ts';
import type { Golden } from './golden.ts';

/** Errors up to this many times PyTorch's own float32 error are float32's, not ours. */
const TIMES_FLOAT32 = 10;
/** And errors below these never matter: after several steps errors have been multiplied by the dynamics of training. */
const SMALL = 5e-5;
const SMALL_AFTER_STEPS = 5e-4;

export interface TensorReport {
  readonly name: string;
  /** ||got - expected|| / ||expected||, in float64. */
  readonly error: number;
  /** The error as a multiple of PyTorch's own float32 error; undefined where the file does not say. */
  readonly timesFloat32: number | undefined;
  readonly allowed: number;
  readonly passed: boolean;
}

export interface GroupReport {
  readonly group: string;
  readonly tensors: number;
  /** The tensor that is worst relative to what is allowed. */
  readonly worst: TensorReport;
  /** How many of the tensors are off by more than is allowed. */
  readonly failed: number;
  readonly passed: boolean;
}

export const groupOf = (name: string): string =>
  name === 'grad.input' ? name : name.replace(/^(grad|running|after)\..*/, '$1');

export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] ?? Number.NaN;
    difference += ((got[i] ?? Number.NaN) - want) ** 2;
    size += want ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(size) + 1e-30);
}

/** One report a tensor that the golden expects; a tensor that was not computed, or has another shape, fails. */
export function compareTensors(golden: Golden, computed: ReadonlyMap<string, StateTensor>): TensorReport[] {
  return [...golden.expected].map(([name, { shape, values }]) => {
    const got = computed.get(name);
    const same = got && got.shape.length === shape.length && got.shape.every((n, i) => n === shape[i]);
    const error = same ? relativeError(got.values, values) : Number.POSITIVE_INFINITY;
    const float32 = golden.float32Error.get(name);
    const small = name.startsWith('after.') ? SMALL_AFTER_STEPS : SMALL;
    const allowed = Math.max(TIMES_FLOAT32 * (float32 ?? 0), small);
    const timesFloat32 =
      float32 === undefined
        ? undefined
        : float32 === 0
          ? error === 0
            ? 0
            : Number.POSITIVE_INFINITY
          : error / float32;
    return { name, error, timesFloat32, allowed, passed: error <= allowed };
  });
}

/** The worst tensor of each group, in the file's order. */
export function groupReports(reports: readonly TensorReport[]): GroupReport[] {
  const groups = new Map<string, TensorReport[]>();
  for (const report of reports) {
    const group = groupOf(report.name);
    groups.set(group, [...(groups.get(group) ?? []), report]);
  }
  return [...groups].map(([group, members]) => {
    // A NaN error is worse than any number.
    const excess = (r: TensorReport) => (Number.isNaN(r.error) ? Number.POSITIVE_INFINITY : r.error / r.allowed);
    const worst = members.reduce((a, b) => (excess(b) > excess(a) ? b : a));
    const failed = members.filter((r) => !r.passed).length;
    return { group, tensors: members.length, worst, failed, passed: failed === 0 };
  });
}
