// GPU time of every pass of a plan, against the roofline of the same GPU.

import type { PlanRequest } from '../../../src/jobs/plan-request.ts';
import type { Device } from '../../../src/runtime/device.ts';
import { type TimingMethod, timeInStep, timeRepeated, timingMethod } from '../../../src/runtime/pass-timing.ts';
import type { Stopwatch, Timing } from '../../../src/runtime/stopwatch.ts';
import { summarize } from '../../statistics.ts';
import type { Roofline } from '../roofline/schema.ts';
import { loadPlan, type LoadedPlan } from './loaded-plan.ts';
import { type PassesSection, type PassRow, passTime, sumByKernel, totalOf } from './schema.ts';

export type PassSampling = {
  /** Steps, or intervals of a repeated pass, that are enough. */
  readonly samples: number;
  /** Milliseconds after which nothing more is timed. */
  readonly milliseconds: number;
};

export const PASS_SAMPLING: PassSampling = { samples: 20, milliseconds: 60_000 };

export interface PassesOptions {
  readonly effort: PassSampling;
  /** Left out: what suits the clock. */
  readonly method?: TimingMethod | undefined;
  readonly signal: AbortSignal;
  /** `done` of `all` passes, where passes are timed one after another. */
  readonly onPhase: (phase: string, done: number, all: number) => void;
}

/**
 * @param model the network's name, as it stands in the report
 * @throws LimitError with the largest batch that fits, GpuError, DeviceLostError; the signal's reason
 */
export async function measurePasses(
  device: Device,
  stopwatch: Stopwatch,
  model: string,
  request: PlanRequest,
  roofline: Roofline,
  options: PassesOptions,
): Promise<PassesSection> {
  const { signal, onPhase, effort } = options;
  onPhase('preparing', 0, 0);
  const subject = await loadPlan(device, request);
  try {
    signal.throwIfAborted();
    onPhase('whole steps', 0, 0);
    const encode = (pass: GPUComputePassEncoder) => {
      for (const index of subject.passes) subject.run.dispatch(pass, index);
    };
    const step = await stopwatch.time({ encode }, { ...effort, milliseconds: effort.milliseconds / 4 });
    signal.throwIfAborted();
    const method = options.method ?? timingMethod(stopwatch.clock, subject.passes.length);
    const timings = await (method === 'in step' ? inStep : repeated)(device, stopwatch, subject, options);
    const passes = rowsOf(subject, timings, roofline, effort);
    return {
      model,
      mode: request.mode,
      batch: request.batch,
      recompute: request.recompute,
      precision: request.precision ?? 'f32',
      clock: stopwatch.clock,
      method,
      roofline,
      step: { milliseconds: summarize(step.nanoseconds).median / 1e6, samples: step.nanoseconds.length },
      total: totalOf(passes),
      kernels: sumByKernel(passes),
      passes,
    };
  } finally {
    subject.destroy();
  }
}

type Timings = readonly (Timing | undefined)[];

function inStep(device: Device, _: Stopwatch, subject: LoadedPlan, { effort, onPhase }: PassesOptions): Promise<Timings> {
  onPhase('passes in whole steps', 0, 0);
  return timeInStep(device, subject, effort);
}

function repeated(
  device: Device,
  stopwatch: Stopwatch,
  subject: LoadedPlan,
  { effort, signal, onPhase }: PassesOptions,
): Promise<Timings> {
  const onPass = (done: number) => {
    signal.throwIfAborted();
    onPhase('passes one by one', done, subject.passes.length);
  };
  return timeRepeated(device, subject, stopwatch, { ...effort, onPass });
}

function rowsOf(
  { passes, descriptions }: LoadedPlan,
  timings: Timings,
  roofline: Roofline,
  effort: PassSampling,
): PassRow[] {
  const problem = `the time limit of ${effort.milliseconds / 1000} s came first`;
  return passes.flatMap((pass, place) => {
    const description = descriptions[pass];
    if (!description) return [];
    const timing = timings[place];
    return [{ pass, ...description, time: timing ? passTime(description, timing, roofline) : { problem } }];
  });
}
