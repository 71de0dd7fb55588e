// Passes as they stand in a report: plain JSON, described by section.schema.json beside it. Each pass is held against its
// roofline: the longer of its FLOPs at the GPU's multiply-adds a second and its bytes at its bytes a second.

import type { PassDescription } from '../../../src/densenet/plan/plan.ts';
import type { Precision } from '../../../src/densenet/plan/precision.ts';
import type { TimingMethod } from '../../../src/runtime/pass-timing.ts';
import type { Clock, Timing } from '../../../src/runtime/stopwatch.ts';
import { summarize } from '../../statistics.ts';
import { workloadWords } from '../../workloads.ts';
import type { Missing, Roofline } from '../roofline/schema.ts';

/** A time and its roofline, in milliseconds. */
export type RooflineTime = {
  readonly milliseconds: number;
  readonly rooflineMilliseconds: number;
  /** roofline / time: 1 is as fast as this GPU can. Above 1: what it moves lay in a cache. */
  readonly share: number;
  /** time - roofline: what a perfect kernel would save. */
  readonly lostMilliseconds: number;
};

export type PassTime = RooflineTime & {
  /** 5th and 95th percentile of the time. */
  readonly p5: number;
  readonly p95: number;
  readonly samples: number;
  /** Repeats in each sample. */
  readonly repeats: number;
  /** Which side of peak is the lower one. */
  readonly bound: 'arithmetic' | 'memory';
};

export type PassRow = PassDescription & {
  /** Place in the plan. */
  readonly pass: number;
  readonly time: PassTime | Missing;
};

export type KernelSum = RooflineTime & {
  readonly kernel: string;
  readonly passes: number;
  readonly flops: number;
  readonly bytes: number;
};

export type PassesSection = {
  readonly model: string;
  readonly mode: 'inference' | 'training';
  readonly batch: number;
  readonly recompute: boolean;
  /** How features are stored; reports of before there was a choice lack it. */
  readonly precision?: Precision;
  readonly clock: Clock;
  readonly method: TimingMethod;
  readonly roofline: Roofline;
  /** All passes in one compute pass, as they run for users: milliseconds, the median. */
  readonly step: { readonly milliseconds: number; readonly samples: number };
  /** Of the passes that have a time. */
  readonly total: RooflineTime;
  /** Most lost time first. */
  readonly kernels: readonly KernelSum[];
  /** In the order of the step. */
  readonly passes: readonly PassRow[];
};

/** For people: `training, batch 8, recompute`. */
export const planWords = ({ mode, batch, recompute, precision = 'f32' }: PassesSection): string =>
  workloadWords({ mode, batch, recompute, precision });

/** A pass's time against its roofline. */
export function passTime({ flops, bytes }: PassDescription, timing: Timing, roofline: Roofline): PassTime {
  const { median, p5, p95, repeats: samples } = summarize(timing.nanoseconds);
  const arithmetic = (1000 * flops) / roofline.flopsPerSecond;
  const memory = (1000 * bytes) / roofline.bytesPerSecond;
  return {
    ...rooflineTime(median / 1e6, Math.max(arithmetic, memory)),
    p5: p5 / 1e6,
    p95: p95 / 1e6,
    samples,
    repeats: timing.repeats,
    bound: arithmetic >= memory ? 'arithmetic' : 'memory',
  };
}

const rooflineTime = (milliseconds: number, rooflineMilliseconds: number): RooflineTime => ({
  milliseconds,
  rooflineMilliseconds,
  // A clock may be too coarse to see a pass at all.
  share: milliseconds > 0 ? rooflineMilliseconds / milliseconds : 0,
  lostMilliseconds: milliseconds - rooflineMilliseconds,
});

export type TimedRow = PassRow & { readonly time: PassTime };
export const isTimed = (row: PassRow): row is TimedRow => !('problem' in row.time);

/** Sums over passes that have a time. */
export function totalOf(rows: readonly PassRow[]): RooflineTime {
  const timed = rows.filter(isTimed);
  const sum = (of: (time: PassTime) => number) => timed.reduce((total, { time }) => total + of(time), 0);
  return rooflineTime(
    sum(({ milliseconds }) => milliseconds),
    sum(({ rooflineMilliseconds }) => rooflineMilliseconds),
  );
}

/** Sums by kernel, most lost time first; kernels none of whose passes has a time are left out. */
export function sumByKernel(rows: readonly PassRow[]): KernelSum[] {
  const kernels = new Map<string, TimedRow[]>();
  for (const row of rows.filter(isTimed)) kernels.set(row.kernel, [...(kernels.get(row.kernel) ?? []), row]);
  const sums = [...kernels].map(
    ([kernel, members]): KernelSum => ({
      kernel,
      passes: members.length,
      flops: members.reduce((sum, { flops }) => sum + flops, 0),
      bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
      ...totalOf(members),
    }),
  );
  return sums.sort(byLostTime);
}

export const byLostTime = (a: RooflineTime, b: RooflineTime): number => b.lostMilliseconds - a.lostMilliseconds;
