// The job `kernels`: a device of its own, opened with timestamps where the adapter has them.

import type { PresetName } from '../../../src/densenet/presets.ts';
import { defineJob, type JobContext } from '../../../src/jobs/define-job.ts';
import { type PlanRequest, recordPlan } from '../../../src/jobs/plan-request.ts';
import { Device } from '../../../src/runtime/device.ts';
import { planRequestOf } from '../../plan-request-of.ts';
import type { Roofline } from '../roofline/schema.ts';
import { sweepKernels } from './measure.ts';
import type { KernelsSection } from './schema.ts';

export type KernelsRequest = {
  /** What to sweep: `name` as it stands in the report. */
  readonly plans: readonly { readonly name: string; readonly plan: PlanRequest }[];
  /** Left out: no share of it is told. */
  readonly roofline?: Roofline;
  /** Seconds after which no shape is begun. */
  readonly seconds: number;
};

export type KernelsEvent = { readonly phase: string; readonly done: number; readonly all: number };

export const kernelsJob = defineJob('kernels', kernels);

async function kernels(request: KernelsRequest, context: JobContext<KernelsEvent>): Promise<KernelsSection> {
  const { plans, roofline, seconds } = request;
  const { gpu, now, signal, report } = context;
  const passes = plans.flatMap(({ plan }) => recordPlan(plan).builder.program.passes);
  const device = await Device.open(gpu, { now, features: ['timestamp-query'] });
  try {
    return await sweepKernels(device, passes, {
      plans: plans.map(({ name }) => name),
      roofline,
      seconds,
      signal,
      onShape: (phase, done, all) => report({ phase, done, all }),
    });
  } finally {
    device.destroy();
  }
}

/** One network's plan. */
export function planOf(model: PresetName, mode: PlanRequest['mode'], batch: number): KernelsRequest['plans'][number] {
  return { name: `${model}, ${mode}, batch ${batch}`, plan: planRequestOf({ model, mode }, batch) };
}

/** Plans that have every kernel of the catalogue that has tiles, at the shapes that matter most. */
export const catalogueOfPlans = (): KernelsRequest['plans'] => [
  planOf('densenet121', 'training', 32),
  planOf('densenet121', 'inference', 1),
  planOf('bc-100-12', 'training', 64),
  planOf('plain-40-12', 'training', 64),
];
