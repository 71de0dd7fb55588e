// Timestamps at the ends of compute passes, and what of them can be trusted. A timestamp at a pass's end is written when
// all earlier work is done; one at its beginning may be written while earlier work still runs (Dawn on Vulkan writes it at
// the top of the pipe), so that work begins at the later of its beginning and the end of the pass before.

import type { Device } from './device.ts';
import { GpuError } from './errors.ts';
import { ReadbackRing } from './readback.ts';
import { COPY_SRC, QUERY_RESOLVE } from './usage.ts';

/** Queries that one query set may have. */
export const MOST_TIMESTAMPS = 4096;

export class Timestamps {
  /** What all are counted from: numbers hold nanoseconds exactly for a hundred days only. */
  private base: bigint | undefined;

  private constructor(
    readonly count: number,
    private readonly queries: GPUQuerySet,
    private readonly resolved: GPUBuffer,
    private readonly readback: ReadbackRing,
  ) {}

  /**
   * Room for `count` timestamps, at most MOST_TIMESTAMPS.
   * @throws GpuError where the device was opened without `timestamp-query`, or is out of memory
   */
  static async create(device: Device, count: number): Promise<Timestamps> {
    const made = await device.checked('allocating timestamps', () => ({
      queries: device.gpu.createQuerySet({ label: 'timestamps', type: 'timestamp', count }),
      resolved: device.gpu.createBuffer({ label: 'timestamps', size: count * 8, usage: QUERY_RESOLVE | COPY_SRC }),
    }));
    try {
      const readback = await ReadbackRing.create(device, 'Timestamps', count * 8, 1);
      return new Timestamps(count, made.queries, made.resolved, readback);
    } catch (error) {
      made.queries.destroy();
      made.resolved.destroy();
      throw error;
    }
  }

  /** For `beginComputePass`: which timestamps the pass writes at its beginning and its end. */
  writes({ begin, end }: { readonly begin?: number; readonly end: number }): GPUComputePassTimestampWrites {
    const writes = { querySet: this.queries, endOfPassWriteIndex: end };
    return begin === undefined ? writes : { ...writes, beginningOfPassWriteIndex: begin };
  }

  /**
   * Runs what `encode` encodes and gives all timestamps, in nanoseconds after the first that was ever read; NaN for those
   * that were not written.
   * @throws GpuError where the GPU refuses it, DeviceLostError
   */
  async run({ gpu }: Device, encode: (encoder: GPUCommandEncoder) => void): Promise<number[]> {
    const bytes = await this.readback.read('timing', (staging) => {
      const encoder = gpu.createCommandEncoder();
      encode(encoder);
      encoder.resolveQuerySet(this.queries, 0, this.count, this.resolved, 0);
      this.readback.copy(encoder, { buffer: this.resolved, offset: 0, bytes: this.count * 8 }, staging);
      gpu.queue.submit([encoder.finish()]);
    });
    const values = new BigUint64Array(bytes.buffer);
    this.base ??= values.find((value) => value > 0n);
    const { base = 0n } = this;
    return Array.from(values, (value) => (value === 0n ? Number.NaN : Number(value - base)));
  }

  destroy(): void {
    this.queries.destroy();
    this.resolved.destroy();
    this.readback.destroy();
  }
}

/**
 * Nanoseconds of a compute pass, from when the one before it had ended.
 * @throws GpuError where they run backwards
 */
export function elapsed(before: number, begin: number, end: number): number {
  const start = Number.isNaN(begin) ? before : Math.max(before, begin);
  if (!(end >= start)) throw new GpuError(`timestamps went backwards: from ${start} to ${end} ns`);
  return end - start;
}

/** Fewer distinct values say nothing certain of what they are multiples of. */
const LEAST_DISTINCT = 8;
/** Nanoseconds from which on a common divisor is rounding on purpose and no accident of the clock's ticks. */
const ROUNDED_ON_PURPOSE = 1000;

/** Ticks that are no whole nanoseconds make equal distances differ by this much. */
const JITTER = 4;

/**
 * The step that a clock goes in, in nanoseconds, or more than it: what all distances are multiples of, where a host rounds
 * them (Chromium does, to 100 or 65.5 microseconds). Where they have nothing in common: the smallest distance, or the
 * smallest by which two distances differ, for those are steps too. Undefined for too few values.
 */
export function quantumOf(timestamps: Iterable<number>): number | undefined {
  const distances = distancesOf(timestamps);
  if (distances.length < LEAST_DISTINCT - 1) return undefined;
  const common = distances.reduce(greatestCommonDivisor);
  if (common >= ROUNDED_ON_PURPOSE) return common;
  return Math.min(...distances, ...distancesOf(distances).filter((distance) => distance > JITTER));
}

/** Between neighbours among the distinct values. */
function distancesOf(values: Iterable<number>): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  return sorted.slice(1).map((value, i) => value - (sorted[i] ?? value));
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}

/** When a timestamp was written, by the host's clock in milliseconds: not before `after`, not after `before`. */
export interface Moment {
  readonly timestamp: number;
  readonly after: number;
  readonly before: number;
}

/** Whether two moments are far enough apart, against how long each took, to tell a clock from one half or twice as fast. */
export const farApart = (first: Moment, last: Moment): boolean =>
  last.after - first.before >= 0.75 * (last.before - first.after);

/** What is wrong with a GPU's clock by the host's, in words; undefined where they agree within a twentieth. */
export function clockProblem(first: Moment, last: Moment): string | undefined {
  const milliseconds = (last.timestamp - first.timestamp) / 1e6;
  const least = 0.95 * (last.after - first.before);
  const most = 1.05 * (last.before - first.after);
  if (milliseconds >= least && milliseconds <= most) return undefined;
  const host = `${Math.max(0, least).toFixed(1)} to ${most.toFixed(1)} ms`;
  return `the GPU's timestamps are wrong: ${milliseconds.toFixed(1)} ms passed by them, ${host} by the host's clock`;
}
