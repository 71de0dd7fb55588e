// How long the GPU takes for some dispatches: by its own timestamps where the device has them and they can be trusted,
// else by the host's clock round a submit. Dispatches are repeated inside one interval until the interval is long against
// what the clock resolves; nothing is subtracted. Which clock it was, and why, is part of every result.

import type { Device } from './device.ts';
import nothing from './nothing.wgsl?raw';
import { clockProblem, elapsed, farApart, type Moment, quantumOf, Timestamps } from './timestamps.ts';

export type Clock =
  /** `quantum`: nanoseconds of the step that it goes in, or more. */
  { readonly kind: 'timestamps'; readonly quantum: number } | { readonly kind: 'wall clock'; readonly reason: string };

export interface Work {
  /** Encodes one repeat. */
  encode(pass: GPUComputePassEncoder): void;
  /** Encodes what comes before each interval and is not timed: puts back what repeats have changed. */
  prepare?(encoder: GPUCommandEncoder): void;
}

export type TimeOptions = {
  /** Intervals to measure at most. */
  readonly samples: number;
  /** Milliseconds after which no interval is begun; there is always one. */
  readonly milliseconds: number;
};

export interface Timing {
  /** Nanoseconds of one repeat, one value per interval. */
  readonly nanoseconds: readonly number[];
  /** Repeats in an interval. */
  readonly repeats: number;
}

/** Each end of an interval is off by up to a quantum: a hundred of them, and never under half as many, leave 1 or 2%. */
const QUANTA = 100;
/** Nanoseconds in which a GPU's clock and caches settle. */
const SHORTEST_INTERVAL = 3e6;
/** By the host's clock, which includes the way to the GPU and back. */
const SHORTEST_WALL_INTERVAL = 20e6;
const MOST_REPEATS = 10_000;

export class Stopwatch {
  private constructor(
    private readonly device: Device,
    readonly clock: Clock,
    private readonly gpuClock: GpuClock | undefined,
  ) {}

  /**
   * Looks at the device's timestamps: how fine they are, and whether they are true.
   * @param wallClock use the host's clock in any case
   */
  static async create(device: Device, { wallClock = false } = {}): Promise<Stopwatch> {
    const without = (reason: string) => new Stopwatch(device, { kind: 'wall clock', reason }, undefined);
    if (wallClock) return without('it was asked for');
    if (!device.gpu.features.has('timestamp-query')) return without('this device has no timestamp queries');
    const gpuClock = await openGpuClock(device);
    const seen = await probe(device, gpuClock).catch((error) => {
      gpuClock.timestamps.destroy();
      throw error;
    });
    if (typeof seen !== 'string') return new Stopwatch(device, { kind: 'timestamps', quantum: seen }, gpuClock);
    gpuClock.timestamps.destroy();
    return without(seen);
  }

  /**
   * Times one repeat of `work`.
   * @throws DeviceLostError, GpuError
   */
  async time(work: Work, { samples, milliseconds }: TimeOptions): Promise<Timing> {
    const wanted = this.shortest;
    const end = this.device.now() + milliseconds;
    const over = () => this.device.now() >= end;
    let repeats = 1;
    let last = await this.interval(work, repeats);
    const isShort = () => last < wanted / 2 && repeats < MOST_REPEATS;
    const intervals: number[] = [];
    while (intervals.length < samples && !over()) {
      // At first; and again where what made the repeats slow while they were chosen has gone.
      const chooses = isShort();
      if (chooses) {
        const factor = Math.min(100, Math.max(2, wanted / Math.max(last, 1)));
        repeats = Math.min(MOST_REPEATS, Math.ceil(repeats * factor));
        intervals.length = 0;
      }
      last = await this.interval(work, repeats);
      if (!chooses && !isShort()) intervals.push(last);
    }
    // The one by which the repeats were found counts only where there was no time for another.
    if (intervals.length === 0) intervals.push(last);
    return { nanoseconds: intervals.map((ns) => ns / repeats), repeats };
  }

  destroy(): void {
    this.gpuClock?.timestamps.destroy();
  }

  /** Nanoseconds that an interval should last at least, to be worth its clock's resolution. */
  get shortest(): number {
    const { clock } = this;
    return clock.kind === 'timestamps' ? Math.max(SHORTEST_INTERVAL, QUANTA * clock.quantum) : SHORTEST_WALL_INTERVAL;
  }

  /**
   * Nanoseconds of `repeats` repeats in one interval.
   * @throws DeviceLostError, GpuError
   */
  interval(work: Work, repeats: number): Promise<number> {
    return this.gpuClock ? this.byTimestamps(this.gpuClock, work, repeats) : this.byWallClock(work, repeats);
  }

  private async byTimestamps({ timestamps, mark }: GpuClock, work: Work, repeats: number): Promise<number> {
    const [before = Number.NaN, begin = Number.NaN, end = Number.NaN] = await timestamps.run(this.device, (encoder) => {
      work.prepare?.(encoder);
      mark(encoder, 0);
      const pass = encoder.beginComputePass({ timestampWrites: timestamps.writes({ begin: 1, end: 2 }) });
      for (let i = 0; i < repeats; i++) work.encode(pass);
      pass.end();
    });
    return elapsed(before, begin, end);
  }

  private async byWallClock(work: Work, repeats: number): Promise<number> {
    const { device } = this;
    const { gpu, now } = device;
    const commands = await device.checked('timing', () => {
      if (work.prepare) {
        const encoder = gpu.createCommandEncoder();
        work.prepare(encoder);
        gpu.queue.submit([encoder.finish()]);
      }
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let i = 0; i < repeats; i++) work.encode(pass);
      pass.end();
      return encoder.finish();
    });
    await device.done(gpu.queue.onSubmittedWorkDone());
    const start = now();
    const { accepted } = device.scoped('timing', () => gpu.queue.submit([commands]));
    await device.done(gpu.queue.onSubmittedWorkDone());
    const elapsedNs = (now() - start) * 1e6;
    await accepted;
    return elapsedNs;
  }
}

interface GpuClock {
  readonly timestamps: Timestamps;
  /** Encodes a pass whose end is timestamp `index`: the moment when all that came before was done. */
  mark(encoder: GPUCommandEncoder, index: number): void;
}

/** Moments of one submit by which a clock is looked at. */
const PROBES = 64;
/** Milliseconds of host time in which the two clocks are compared, and rounded timestamps show themselves. */
const PROBE_MILLISECONDS = 30;
const MOST_PROBE_MILLISECONDS = 1500;

async function openGpuClock(device: Device): Promise<GpuClock> {
  const { gpu } = device;
  const pipeline = await device.settled(
    gpu.createComputePipelineAsync({
      label: 'nothing',
      layout: gpu.createPipelineLayout({ label: 'nothing', bindGroupLayouts: [] }),
      compute: { module: gpu.createShaderModule({ label: 'nothing', code: nothing }), entryPoint: 'main' },
    }),
  );
  const timestamps = await Timestamps.create(device, PROBES);
  return {
    timestamps,
    mark: (encoder, index) => {
      const pass = encoder.beginComputePass({ timestampWrites: timestamps.writes({ end: index }) });
      pass.setPipeline(pipeline);
      pass.dispatchWorkgroups(1);
      pass.end();
    },
  };
}

/** The quantum in nanoseconds, or what is wrong with the timestamps. */
async function probe(device: Device, { timestamps, mark }: GpuClock): Promise<number | string> {
  const seen: number[] = [];
  let first: Moment | undefined;
  for (const start = device.now(); ; ) {
    let after = 0;
    const values = await timestamps.run(device, (encoder) => {
      for (let index = 0; index < PROBES; index++) mark(encoder, index);
      after = device.now();
    });
    const before = device.now();
    if (values.some(Number.isNaN)) return 'the GPU leaves timestamps at zero';
    if (values.some((value, i) => value < (values[i - 1] ?? 0))) return "the GPU's timestamps go backwards";
    seen.push(...values);
    first ??= { timestamp: values[0] ?? 0, after, before };
    const late = before - start > MOST_PROBE_MILLISECONDS;
    const last = { timestamp: values.at(-1) ?? 0, after, before };
    if (!late && (before - start < PROBE_MILLISECONDS || !farApart(first, last))) continue;
    const quantum = quantumOf(seen);
    if (quantum !== undefined) return clockProblem(first, last) ?? quantum;
    if (late) {
      return `the GPU's timestamps stand still: ${new Set(seen).size} values in ${before - start} ms`;
    }
  }
}
