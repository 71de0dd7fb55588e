// Passes as they stand in a report. Each pass is compared with its roofline: the longer of its FLOPs at the GPU's
// multiply-adds per second and its bytes at its bytes per second.

import * as v from 'valibot';
import { PRECISIONS } from '../../../src/densenet/plan/feature-map.ts';
import type { PassDescription } from '../../../src/densenet/plan/plan.ts';
import type { Timing } from '../../../src/runtime/stopwatch.ts';
import { amount, count, countFromOne, described, text, type Value } from '../../schema.ts';
import { summarize } from '../../statistics.ts';
import { MODES, workloadWords } from '../../workloads.ts';
import { clockSchema, missingSchema, type Roofline, rooflineSchema } from '../roofline/schema.ts';

/** A time and its roofline, in milliseconds. */
const rooflineTimeFields = {
  milliseconds: amount,
  rooflineMilliseconds: amount,
  /** roofline / time: 1 is as fast as this GPU can. Above 1: what it moves lay in a cache. */
  share: amount,
  /** time - roofline: what a perfect kernel would save. */
  lostMilliseconds: v.number(),
};
const rooflineTimeSchema = v.strictObject(rooflineTimeFields);
export type RooflineTime = Value<typeof rooflineTimeSchema>;

const passTimeSchema = v.strictObject({
  ...rooflineTimeFields,
  /** 5th and 95th percentile of the time. */
  p5: amount,
  p95: amount,
  samples: countFromOne,
  /** Repeats in each sample. */
  repeats: countFromOne,
  /** Which side of peak is the lower one. */
  bound: v.picklist(['arithmetic', 'memory']),
});
export type PassTime = Value<typeof passTimeSchema>;

const passRowSchema = v.strictObject({
  pass: described(count, 'Place in the plan.'),
  kernel: text,
  variant: v.string(),
  label: text,
  section: text,
  workgroups: countFromOne,
  flops: amount,
  bytes: amount,
  time: v.union([passTimeSchema, missingSchema]),
});
export type PassRow = Value<typeof passRowSchema>;

const kernelSumSchema = v.strictObject({
  ...rooflineTimeFields,
  kernel: text,
  passes: countFromOne,
  flops: amount,
  bytes: amount,
});
export type KernelSum = Value<typeof kernelSumSchema>;

export const passesSectionSchema = v.strictObject({
  model: text,
  mode: v.picklist(MODES),
  batch: countFromOne,
  recompute: v.boolean(),
  /** How features are stored; reports of before there was a choice lack it. */
  precision: v.exactOptional(v.picklist(PRECISIONS)),
  clock: clockSchema,
  method: v.picklist(['in step', 'repeated']),
  roofline: rooflineSchema,
  /** All passes in one compute pass, as they run for users: milliseconds, the median. */
  step: v.strictObject({ milliseconds: amount, samples: countFromOne }),
  /** Of the passes that have a time. */
  total: rooflineTimeSchema,
  /** Most lost time first. */
  kernels: v.array(kernelSumSchema),
  /** In the order of the step. */
  passes: v.pipe(v.array(passRowSchema), v.nonEmpty()),
});
export type PassesSection = Value<typeof passesSectionSchema>;

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
