// GPU time of each pass of a program, in two ways. In the step: every pass of whole steps between timestamps of its own,
// which shows it as it runs, with what the caches then hold; for clocks fine enough. Repeated: each pass by itself, so often
// that any clock will do, on the state that it meets in a step, which is put back after each interval: passes that add to
// what is there would grow it, and passes after them would meet infinities.

import type { Device } from './device.ts';
import { GpuError } from './errors.ts';
import type { Executable, Slice } from './executable.ts';
import { isStorage } from './kernel.ts';
import type { Program, RecordedPass } from './program.ts';
import type { Clock, Stopwatch, TimeOptions, Timing } from './stopwatch.ts';
import { nominalMs } from './submit-budget.ts';
import { elapsed, MOST_TIMESTAMPS, Timestamps } from './timestamps.ts';
import { COPY_DST, COPY_SRC } from './usage.ts';

export type TimingMethod = 'in step' | 'repeated';

/** Nanoseconds up to which a clock is fine enough for passes that are not repeated. */
const FINE = 20_000;

/** The way that suits a clock and the number of passes. */
export function timingMethod(clock: Clock, passes: number): TimingMethod {
  const fine = clock.kind === 'timestamps' && clock.quantum <= FINE;
  return fine && 2 * passes <= MOST_TIMESTAMPS ? 'in step' : 'repeated';
}

interface Subject {
  readonly program: Program;
  readonly run: Executable;
  /** Indices in `program.passes`, in the order of a step. */
  readonly passes: readonly number[];
}

/**
 * Times all passes of up to `samples` steps after a first one that warms up: a Timing for each of `passes`.
 * @throws GpuError where timestamps run backwards, or there are more passes than a query set has room for
 */
export async function timeInStep(
  device: Device,
  { program, run, passes }: Subject,
  options: TimeOptions,
): Promise<Timing[]> {
  const timestamps = await Timestamps.create(device, 2 * passes.length);
  const step = async (): Promise<number[]> => {
    const at = await timestamps.run(device, (last) => {
      let place = 0;
      // A whole step may be more than one submit should be.
      for (const end of device.budget.take(passes.map((index) => costOf(program, index)))) {
        const encoder = end === passes.length ? last : device.gpu.createCommandEncoder({ label: 'timing passes' });
        for (; place < end; place++) {
          const timestampWrites = timestamps.writes({ begin: 2 * place, end: 2 * place + 1 });
          const pass = encoder.beginComputePass({ timestampWrites });
          run.dispatch(pass, passes[place] ?? 0);
          pass.end();
        }
        if (encoder !== last) device.gpu.queue.submit([encoder.finish()]);
      }
    });
    return passes.map((_, place) => {
      const [before = 0, begin = 0, end = 0] = [at[2 * place - 1] ?? at[0], at[2 * place], at[2 * place + 1]];
      return elapsed(before, begin, end);
    });
  };
  try {
    const until = device.now() + options.milliseconds;
    const cold = await step();
    const steps: number[][] = [];
    while (steps.length < options.samples && device.now() < until) steps.push(await step());
    if (steps.length === 0) steps.push(cold);
    return passes.map((_, place) => ({ nanoseconds: steps.map((times) => times[place] ?? 0), repeats: 1 }));
  } finally {
    timestamps.destroy();
  }
}

const costOf = ({ passes }: Program, index: number): number => nominalMs(passes[index]?.cost ?? { flops: 0, bytes: 0 });

export type RepeatedOptions = TimeOptions & {
  /** Told how many passes have been timed; what it throws ends the timing. */
  readonly onPass: (done: number) => void;
};

/**
 * Times pass after pass, each with its share of the time that is left; undefined for those that there was no time for.
 * Afterwards the plan's buffers are as after one step.
 * @throws GpuError when there is no memory for what a pass writes, a second time; what `onPass` throws
 */
export async function timeRepeated(
  device: Device,
  subject: Subject,
  stopwatch: Stopwatch,
  { samples, milliseconds, onPass }: RepeatedOptions,
): Promise<(Timing | undefined)[]> {
  const { program, run, passes } = subject;
  const written = passes.map((index) => writtenBy(program.passes[index], run));
  const saved = await Saved.create(device, written);
  const until = device.now() + milliseconds;
  const timings: (Timing | undefined)[] = [];
  try {
    for (const [place, index] of passes.entries()) {
      const left = until - device.now();
      const slices = written[place] ?? [];
      if (left <= 0 && place > 0) timings.push(undefined);
      else {
        await submit(device, (encoder) => saved.save(encoder, slices));
        const work = {
          prepare: (encoder: GPUCommandEncoder) => saved.restore(encoder, slices),
          encode: (pass: GPUComputePassEncoder) => run.dispatch(pass, index),
        };
        timings.push(await stopwatch.time(work, { samples, milliseconds: left / (passes.length - place) }));
        await submit(device, (encoder) => saved.restore(encoder, slices));
      }
      await submit(device, (encoder) => {
        const pass = encoder.beginComputePass();
        run.dispatch(pass, index);
        pass.end();
      });
      onPass(place + 1);
    }
    await device.done(device.gpu.queue.onSubmittedWorkDone());
    return timings;
  } finally {
    saved.destroy();
  }
}

const submit = (device: Device, encode: (encoder: GPUCommandEncoder) => void): Promise<void> =>
  device.checked('timing passes', () => {
    const encoder = device.gpu.createCommandEncoder();
    encode(encoder);
    device.gpu.queue.submit([encoder.finish()]);
  });

function writtenBy(pass: RecordedPass | undefined, run: Executable): Slice[] {
  if (!pass) throw new GpuError('there is no such pass');
  return [...pass.regions].flatMap(([name, region]) => {
    const binding = pass.kernel.bindings[name];
    return binding && isStorage(binding) && binding.kind === 'write' ? [run.at(region)] : [];
  });
}

/** Room for what a pass writes: a buffer for its first output, one for its second and so on. */
class Saved {
  private constructor(private readonly buffers: readonly GPUBuffer[]) {}

  static async create(device: Device, written: readonly (readonly Slice[])[]): Promise<Saved> {
    const sizes: number[] = [];
    for (const slices of written) {
      for (const [slot, { bytes }] of slices.entries()) sizes[slot] = Math.max(sizes[slot] ?? 0, bytes);
    }
    const wanted = sizes.map((size) => ({ label: 'saved', size, usage: COPY_SRC | COPY_DST }));
    return new Saved(await device.allocate('keeping what passes write', wanted));
  }

  save(encoder: GPUCommandEncoder, slices: readonly Slice[]): void {
    for (const [slot, { buffer, offset, bytes }] of slices.entries()) {
      encoder.copyBufferToBuffer(buffer, offset, this.at(slot), 0, bytes);
    }
  }

  restore(encoder: GPUCommandEncoder, slices: readonly Slice[]): void {
    for (const [slot, { buffer, offset, bytes }] of slices.entries()) {
      encoder.copyBufferToBuffer(this.at(slot), 0, buffer, offset, bytes);
    }
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }

  private at(slot: number): GPUBuffer {
    const buffer = this.buffers[slot];
    if (!buffer) throw new GpuError(`there is no room for output ${slot}`);
    return buffer;
  }
}
