// How long one pass takes. Measured is GPU time of one dispatch repeated in one compute pass, by two timestamps, where
// the device has them; else the wall clock from a submit until the queue is done, which has the submit itself in it, so
// that more repeats share it. Contents of buffers do not matter; caches are as warm as repeats leave them.

import type { Device } from '../../runtime/device.ts';
import type { Executable } from '../../runtime/executable.ts';
import { download } from '../../runtime/readback.ts';

export interface PassTimer {
  readonly clock: 'timestamps' | 'wall clock';
  /** Milliseconds that a sample must last at least to be worth its clock's resolution. */
  readonly least: number;
  /** Milliseconds of `repeats` runs of a program's pass `index`. */
  time(run: Executable, index: number, repeats: number): Promise<number>;
  destroy(): void;
}

// GPUBufferUsage, stated because hosts differ in which WebGPU globals they have.
const COPY_SRC = 0x04;
const QUERY_RESOLVE = 0x200;

export const createPassTimer = (device: Device): PassTimer =>
  device.gpu.features.has('timestamp-query') ? byTimestamps(device) : byWallClock(device);

function byTimestamps(device: Device): PassTimer {
  const { gpu } = device;
  const querySet = gpu.createQuerySet({ label: 'tuning', type: 'timestamp', count: 2 });
  const buffer = gpu.createBuffer({ label: 'tuning', size: 16, usage: QUERY_RESOLVE | COPY_SRC });
  return {
    clock: 'timestamps',
    least: 3,
    time: async (run, index, repeats) => {
      const encoder = gpu.createCommandEncoder();
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
      repeat(encoder.beginComputePass({ timestampWrites }), run, index, repeats);
      encoder.resolveQuerySet(querySet, 0, 2, buffer, 0);
      gpu.queue.submit([encoder.finish()]);
      const [from = 0n, to = 0n] = new BigUint64Array(
        (await download(device, { buffer, offset: 0, bytes: 16 })).buffer,
      );
      // A GPU that changed its clock between the two gives nonsense: no time.
      return to > from ? Number(to - from) / 1e6 : 0;
    },
    destroy: () => {
      querySet.destroy();
      buffer.destroy();
    },
  };
}

const byWallClock = ({ gpu, now }: Device): PassTimer => ({
  clock: 'wall clock',
  least: 20,
  time: async (run, index, repeats) => {
    const encoder = gpu.createCommandEncoder();
    repeat(encoder.beginComputePass(), run, index, repeats);
    const start = now();
    gpu.queue.submit([encoder.finish()]);
    await gpu.queue.onSubmittedWorkDone();
    return now() - start;
  },
  destroy: () => undefined,
});

function repeat(pass: GPUComputePassEncoder, run: Executable, index: number, repeats: number): void {
  for (let i = 0; i < repeats; i++) run.dispatch(pass, index);
  pass.end();
}

export interface Measured {
  /** Of one run: the median of the samples. */
  readonly milliseconds: number;
  /** All that was run for it. */
  readonly spent: number;
}

export interface MeasureLimits {
  readonly least: number;
  /** Milliseconds of the fastest candidate so far: one that is clearly slower is not measured to the end. */
  readonly best: number;
  /** Milliseconds that may be spent; what is begun is finished. */
  readonly budget: number;
}

const SAMPLES = 5;
const MOST_REPEATS = 4096;
/** A candidate this much slower than the best will not become it. */
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
  // A clock may be too coarse to see a pass at all; a tuning has times above 0.
  return { milliseconds: Math.max(median(samples), 1e-6), spent };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
