// How long one pass takes: GPU time of one dispatch, repeated in one compute pass, by the runtime's stopwatch. What buffers
// hold does not matter; the GPU's caches are as warm as the repeats leave them.

import type { Device } from '../../runtime/device.ts';
import type { Executable } from '../../runtime/executable.ts';
import { Stopwatch } from '../../runtime/stopwatch.ts';

export interface PassTimer {
  readonly clock: 'timestamps' | 'wall clock';
  /** Milliseconds that a sample must last, given the clock's resolution. */
  readonly least: number;
  /** Milliseconds of `repeats` runs of a program's pass `index`. */
  time(run: Executable, index: number, repeats: number): Promise<number>;
  destroy(): void;
}

/** @throws DeviceLostError, GpuError */
export async function createPassTimer(device: Device): Promise<PassTimer> {
  const stopwatch = await Stopwatch.create(device);
  return {
    clock: stopwatch.clock.kind,
    least: stopwatch.shortest / 1e6,
    time: async (run, index, repeats) => {
      const nanoseconds = await stopwatch.interval({ encode: (pass) => run.dispatch(pass, index) }, repeats);
      return nanoseconds / 1e6;
    },
    destroy: () => stopwatch.destroy(),
  };
}

export interface Measured {
  /** Of one run: the median of the samples. */
  readonly milliseconds: number;
  /** GPU milliseconds of everything that was run for it. */
  readonly spent: number;
}

export interface MeasureLimits {
  readonly least: number;
  /** Milliseconds of the fastest candidate so far: one that is clearly slower is not measured to the end. */
  readonly best: number;
  /** Milliseconds that may be spent; a sample under way is finished. */
  readonly budget: number;
}

const SAMPLES = 5;
const MOST_REPEATS = 4096;
/** A candidate slower than the best by this factor is not measured further. */
const HOPELESS = 1.3;

/** Warms up with ever more repeats until a sample lasts long enough, then takes the median of five. */
export async function measurePass(
  time: (repeats: number) => Promise<number>,
  { least, best, budget }: MeasureLimits,
): Promise<Measured> {
  let spent = 0;
  const sample = async (repeats: number) => {
    const all = await time(repeats);
    spent += all;
    return all;
  };
  await sample(1);
  let repeats = 1;
  let last = await sample(1);
  while (last < least && repeats < MOST_REPEATS && spent < budget) {
    const wanted = last > 0 ? Math.ceil((1.2 * repeats * least) / last) : 2 * repeats;
    repeats = Math.min(MOST_REPEATS, 8 * repeats, Math.max(2 * repeats, wanted));
    last = await sample(repeats);
  }
  const samples = [last / repeats];
  while (samples.length < SAMPLES && spent < budget && median(samples) <= HOPELESS * best)
    samples.push((await sample(repeats)) / repeats);
  // A clock may be too coarse to see a pass at all; a record's times are above 0.
  return { milliseconds: Math.max(median(samples), 1e-6), spent };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
