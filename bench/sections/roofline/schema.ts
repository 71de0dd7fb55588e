// The roofline as it stands in a report, and what the other sections compare with it.

import * as v from 'valibot';
import type { Timing } from '../../../src/runtime/stopwatch.ts';
import { countFromOne, described, positive, text, type Value } from '../../schema.ts';
import { summarize } from '../../statistics.ts';

/** As runtime/stopwatch.ts has it: by GPU timestamps, or by the host's clock and why. */
export const clockSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('timestamps'),
    quantum: described(positive, 'Nanoseconds between two values.'),
  }),
  v.strictObject({ kind: v.literal('wall clock'), reason: text }),
]);

const peakRateSchema = v.strictObject({
  /** FLOP/s (a multiply-add is two) or B/s: of the fastest repeat, and of the median. */
  best: positive,
  median: positive,
  /** Milliseconds of one repeat, the median. */
  milliseconds: positive,
  samples: countFromOne,
  /** What was run, in words. */
  variant: text,
});
/** A rate per second, from several repeats of the fastest variant that was tried. */
export type PeakRate = Value<typeof peakRateSchema>;

export const missingSchema = v.strictObject({ problem: text });
/** Why there is no figure. */
export type Missing = Value<typeof missingSchema>;

export const rooflineSectionSchema = v.strictObject({
  clock: clockSchema,
  /** Multiply-adds from registers, FLOP/s. */
  f32: described(v.union([peakRateSchema, missingSchema]), 'Multiply-adds from registers, FLOP/s.'),
  f16: described(v.union([peakRateSchema, missingSchema]), 'The same in float16.'),
  /** A large copy, B/s: bytes read and bytes written. */
  copy: described(v.union([peakRateSchema, missingSchema]), 'A large copy, B/s: bytes read and bytes written.'),
});
export type RooflineSection = Value<typeof rooflineSectionSchema>;

export const rooflineSchema = v.strictObject({ flopsPerSecond: positive, bytesPerSecond: positive });
/** A roofline in two numbers: what each pass is compared with. */
export type Roofline = Value<typeof rooflineSchema>;

export const isMissing = <T extends object>(value: T | Missing): value is Missing => 'problem' in value;

/** The roofline of float32 passes; undefined where one of its two sides is missing. */
export function rooflineOf({ f32, copy }: RooflineSection): Roofline | undefined {
  if (isMissing(f32) || isMissing(copy)) return undefined;
  return { flopsPerSecond: f32.best, bytesPerSecond: copy.best };
}

/** How much of a time the roofline explains: 1 is as fast as this GPU can. */
export const shareOfPeak = (flops: number, bytes: number, milliseconds: number, roofline: Roofline): number =>
  (1000 * Math.max(flops / roofline.flopsPerSecond, bytes / roofline.bytesPerSecond)) / milliseconds;

/** `amount` of FLOP or bytes in each repeat of `timing`. */
export function peakRate(amount: number, { nanoseconds }: Timing, variant: string): PeakRate {
  const perSecond = nanoseconds.map((ns) => (amount * 1e9) / ns);
  return {
    best: Math.max(...perSecond),
    median: summarize(perSecond).median,
    milliseconds: summarize(nanoseconds).median / 1e6,
    samples: nanoseconds.length,
    variant,
  };
}
