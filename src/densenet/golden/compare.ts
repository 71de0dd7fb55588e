// Computed tensors against a golden's: relative L2 error, compared with PyTorch's own float32 error; or, where features are
// stored as f16 and the golden's are not, with the error that rounding to f16 must cause.

import type { DenseNetConfig } from '../config.ts';
import { type Precision, storesF16 } from '../plan/feature-map.ts';
import type { StateTensor } from '../state-dict.ts';
import type { Golden } from './golden.ts';

/** Errors up to this many times PyTorch's own float32 error are attributed to float32. */
export const TIMES_FLOAT32 = 10;
/** Errors below these always pass; several training steps multiply them. */
const SMALL = 5e-5;
const SMALL_AFTER_STEPS = 5e-4;
/** f16's unit roundoff: half the relative distance between f16 values. */
const F16_ROUNDOFF = 2 ** -11;

/** A number as JSON has it: null where it is none, or not finite. */
export const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

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
  /** The tensor with the largest error relative to what is allowed. */
  readonly worst: TensorReport;
  /** How many of the tensors have a larger error than allowed. */
  readonly failed: number;
  readonly passed: boolean;
}

export const groupOf = (name: string): string =>
  name === 'grad.input' ? name : name.replace(/^(grad|running|after)\..*/, '$1');

/** Of the finite values; infinite where NaN or an infinity is expected and something else was computed. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] ?? Number.NaN;
    if (!Number.isFinite(want)) {
      if (!Object.is(got[i], want)) return Number.POSITIVE_INFINITY;
      continue;
    }
    difference += ((got[i] ?? Number.NaN) - want) ** 2;
    size += want ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(size) + 1e-30);
}

/**
 * What storing features as f16 may cost: twice the expected error. L convolutions in a row each round what they write,
 * independently: features, and with them logits, loss and statistics, are then off by d = sqrt(L) 2^-11. Gradients are off by
 * more: a pre-activation (normal, std 1) crosses ReLU's kink with a probability of 0.4 d, which changes half of the squared
 * gradient of the layer by as much: sqrt(0.8 L d) after L layers. In deep networks that is not a useful bound; a golden made
 * with precision "f16-storage" bounds their gradients as closely as float32's. Where a convolution's operands are rounded too,
 * each of its sums has three such errors, of what it reads, of its weights and of what it writes: d is sqrt(3) times as much.
 */
function f16Error({ bottleneckWidth, blockLayers }: DenseNetConfig, name: string, precision: Precision): number {
  const layers = blockLayers.reduce((sum, n) => sum + n, 0);
  const convolutions = layers * (bottleneckWidth > 0 ? 2 : 1) + blockLayers.length;
  const roundings = precision === 'f16-matrix' ? 3 : 1;
  const features = Math.sqrt(roundings * convolutions) * F16_ROUNDOFF;
  const forward = /^(eval|train|running)\./.test(name);
  return 2 * (forward ? features : Math.sqrt(0.8 * convolutions * features));
}

/**
 * One report per tensor that the golden expects; a tensor that was not computed, or has another shape, fails.
 * @param precision of `computed`
 */
export function compareTensors(
  golden: Golden,
  computed: ReadonlyMap<string, StateTensor>,
  precision: Precision = golden.training.precision,
): TensorReport[] {
  return [...golden.expected].map(([name, { shape, values }]) => {
    const got = computed.get(name);
    const same = got && got.shape.length === shape.length && got.shape.every((n, i) => n === shape[i]);
    const error = same ? relativeError(got.values, values) : Number.POSITIVE_INFINITY;
    const float32 = golden.float32Error.get(name);
    const small = name.startsWith('after.') ? SMALL_AFTER_STEPS : SMALL;
    const roundsToF16 = storesF16(precision) && golden.training.precision !== precision;
    const cost = roundsToF16 ? f16Error(golden.config, name, precision) : 0;
    const allowed = Math.max(TIMES_FLOAT32 * (float32 ?? 0), small, cost);
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
