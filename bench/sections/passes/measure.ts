// GPU time of every pass of a plan, against the roofline of the same GPU. The job `passes` measures on a device of its own,
// opened with timestamps where the adapter has them; the roofline is measured in the same run, unless it is given.

import { checkPrecision } from '../../../src/densenet/plan/device-precision.ts';
import type { PlanRequest } from '../../../src/jobs/compile.ts';
import { defineJob, type JobContext } from '../../../src/jobs/define-job.ts';
import { optionsFor } from '../../../src/jobs/device-options.ts';
import { Device } from '../../../src/runtime/device.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import { type TimingMethod, timeInStep, timeRepeated, timingMethod } from '../../../src/runtime/pass-timing.ts';
import { Stopwatch, type Timing } from '../../../src/runtime/stopwatch.ts';
import { summarize } from '../../statistics.ts';
import { measureRoofline, ROOFLINE_TIME } from '../roofline/measure.ts';
import { isMissing, type Roofline, rooflineOf } from '../roofline/schema.ts';
import { type LoadedPlan, loadPlan } from './loaded-plan.ts';
import { type PassesSection, type PassRow, passTime, sumByKernel, totalOf } from './schema.ts';

export type PassesRequest = {
  /** The network's name, as it stands in the report. */
  readonly model: string;
  readonly plan: PlanRequest;
  readonly roofline?: Roofline;
  readonly sampling?: PassSampling;
  /** Left out: what suits the clock. */
  readonly method?: TimingMethod;
  /** Time by the host's clock, whatever the GPU has. */
  readonly wallClock?: boolean;
};

export type PassesEvent = { readonly phase: string; readonly done: number; readonly all: number };

export const passesJob = defineJob('passes', passes);

async function passes(request: PassesRequest, context: JobContext<PassesEvent>): Promise<PassesSection> {
  const { gpu, now, signal, report } = context;
  const { model, plan, sampling = PASS_SAMPLING, method, wallClock = false } = request;
  const features = wallClock ? [] : (['timestamp-query'] as const);
  const device = await Device.open(gpu, { now, features, ...(await optionsFor(plan.precision)) });
  try {
    checkPrecision(device, plan.precision ?? 'f32');
    const stopwatch = await Stopwatch.create(device);
    const onPhase = (phase: string, done: number, all: number) => report({ phase, done, all });
    const roofline = request.roofline ?? (await measuredRoofline(device, stopwatch, signal, onPhase));
    return await measurePasses(device, stopwatch, model, plan, roofline, { sampling, method, signal, onPhase });
  } finally {
    device.destroy();
  }
}

/** @throws GpuError where the roofline is not to be had, with its reason */
async function measuredRoofline(
  device: Device,
  stopwatch: Stopwatch,
  signal: AbortSignal,
  onPhase: (phase: string, done: number, all: number) => void,
): Promise<Roofline> {
  const section = await measureRoofline(device, stopwatch, {
    time: ROOFLINE_TIME,
    signal,
    onPhase: (phase) => onPhase(`the roofline: ${phase}`, 0, 0),
  });
  const roofline = rooflineOf(section);
  if (roofline) return roofline;
  const problems = [section.f32, section.copy].flatMap((figure) => (isMissing(figure) ? [figure.problem] : []));
  throw new GpuError(`there is no roofline to compare passes with: ${problems.join('; ')}`);
}

export type PassSampling = {
  /** Steps, or intervals of a repeated pass, that are enough. */
  readonly samples: number;
  /** Milliseconds after which nothing more is timed. */
  readonly milliseconds: number;
};

export const PASS_SAMPLING: PassSampling = { samples: 20, milliseconds: 60_000 };

export interface PassesOptions {
  readonly sampling: PassSampling;
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
  const { signal, onPhase, sampling } = options;
  onPhase('preparing', 0, 0);
  const loaded = await loadPlan(device, request);
  try {
    signal.throwIfAborted();
    onPhase('whole steps', 0, 0);
    const encode = (pass: GPUComputePassEncoder) => {
      for (const index of loaded.passes) loaded.run.dispatch(pass, index);
    };
    const step = await stopwatch.time({ encode }, { ...sampling, milliseconds: sampling.milliseconds / 4 });
    signal.throwIfAborted();
    const method = options.method ?? timingMethod(stopwatch.clock, loaded.passes.length);
    const timings = await (method === 'in step' ? inStep : repeated)(device, stopwatch, loaded, options);
    const passes = rowsOf(loaded, timings, roofline, sampling);
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
    loaded.destroy();
  }
}

type Timings = readonly (Timing | undefined)[];

function inStep(
  device: Device,
  _: Stopwatch,
  loaded: LoadedPlan,
  { sampling, onPhase }: PassesOptions,
): Promise<Timings> {
  onPhase('passes in whole steps', 0, 0);
  return timeInStep(device, loaded, sampling);
}

function repeated(
  device: Device,
  stopwatch: Stopwatch,
  loaded: LoadedPlan,
  { sampling, signal, onPhase }: PassesOptions,
): Promise<Timings> {
  const onPass = (done: number) => {
    signal.throwIfAborted();
    onPhase('passes one by one', done, loaded.passes.length);
  };
  return timeRepeated(device, loaded, stopwatch, { ...sampling, onPass });
}

function rowsOf(
  { passes, descriptions }: LoadedPlan,
  timings: Timings,
  roofline: Roofline,
  sampling: PassSampling,
): PassRow[] {
  const problem = `the time limit of ${sampling.milliseconds / 1000} s came first`;
  return passes.flatMap((pass, place) => {
    const description = descriptions[pass];
    if (!description) return [];
    const timing = timings[place];
    return [{ pass, ...description, time: timing ? passTime(description, timing, roofline) : { problem } }];
  });
}
