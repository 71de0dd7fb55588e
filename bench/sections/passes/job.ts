// The job `passes`: a device of its own, opened with timestamps where the adapter has them. The roofline is measured in the
// same run, unless it is given.

import { defineJob, type JobContext } from '../../../src/jobs/define-job.ts';
import type { PlanRequest } from '../../../src/jobs/plan-request.ts';
import { Device } from '../../../src/runtime/device.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import type { TimingMethod } from '../../../src/runtime/pass-timing.ts';
import { Stopwatch } from '../../../src/runtime/stopwatch.ts';
import { measureRoofline, ROOFLINE_TIME } from '../roofline/measure.ts';
import { isMissing, type Roofline, rooflineOf } from '../roofline/schema.ts';
import { measurePasses, PASS_SAMPLING, type PassSampling } from './measure.ts';
import type { PassesSection } from './schema.ts';

export type PassesRequest = {
  /** The network's name, as it stands in the report. */
  readonly model: string;
  readonly plan: PlanRequest;
  readonly roofline?: Roofline;
  readonly effort?: PassSampling;
  /** Left out: what suits the clock. */
  readonly method?: TimingMethod;
  /** Time by the host's clock, whatever the GPU has. */
  readonly wallClock?: boolean;
};

export type PassesEvent = { readonly phase: string; readonly done: number; readonly all: number };

export const passesJob = defineJob('passes', passes);

async function passes(request: PassesRequest, context: JobContext<PassesEvent>): Promise<PassesSection> {
  const { gpu, now, signal, report } = context;
  const { model, plan, effort = PASS_SAMPLING, method, wallClock = false } = request;
  const device = await Device.open(gpu, { now, features: wallClock ? [] : ['timestamp-query'] });
  try {
    const stopwatch = await Stopwatch.create(device);
    const onPhase = (phase: string, done: number, all: number) => report({ phase, done, all });
    const roofline = request.roofline ?? (await measuredRoofline(device, stopwatch, signal, onPhase));
    return await measurePasses(device, stopwatch, model, plan, roofline, { effort, method, signal, onPhase });
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
  throw new GpuError(`there is no roofline to hold passes against: ${problems.join('; ')}`);
}
