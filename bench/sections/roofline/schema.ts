// The roofline as it stands in a report: plain JSON, described by section.schema.json beside it.

import type { Clock, Timing } from '../../../src/runtime/stopwatch.ts';
import { summarize } from '../../statistics.ts';

/** Something a second, from several repeats of the fastest way that was tried. */
export type PeakRate = {
  /** FLOP/s (a multiply-add is two) or B/s: of the fastest repeat, and of the median. */
  readonly best: number;
  readonly median: number;
  /** Milliseconds of one repeat, the median. */
  readonly milliseconds: number;
  readonly samples: number;
  /** What was run, in words. */
  readonly variant: string;
};

/** Why there is no figure. */
export type Missing = { readonly problem: string };

export type RooflineSection = {
  readonly clock: Clock;
  /** Multiply-adds from registers, FLOP/s. */
  readonly f32: PeakRate | Missing;
  readonly f16: PeakRate | Missing;
  /** A large copy, B/s: bytes read and bytes written. */
  readonly copy: PeakRate | Missing;
};

/** A roofline in two numbers: what each pass is held against. */
export type Roofline = {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
};

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
