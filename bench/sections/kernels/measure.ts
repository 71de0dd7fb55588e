// Every tile of every shape of some plans, by the autotuner's own candidates, kernel checks and measuring; but each is
// measured to the end, and a default that is wrong is a row like any other. The job `kernels` measures on a device of its
// own, opened with timestamps where the adapter has them.

import { candidatesOf, classesOf, pixelsOf, withSplitK } from '../../../src/densenet/autotune/candidates.ts';
import { createPassTimer, measurePass } from '../../../src/densenet/autotune/measure.ts';
import { prepare, TileChecks, targetOf } from '../../../src/densenet/autotune/search.ts';
import { checkPrecision } from '../../../src/densenet/plan/device-precision.ts';
import { SPLIT_FACTORS } from '../../../src/densenet/plan/tile-config.ts';
import type { PresetName } from '../../../src/densenet/presets.ts';
import { type PlanRequest, recordPlan } from '../../../src/jobs/compile.ts';
import { defineJob, type JobContext } from '../../../src/jobs/define-job.ts';
import { matrixOptions } from '../../../src/jobs/device-options.ts';
import { Device } from '../../../src/runtime/device.ts';
import { costOf, type RecordedPass } from '../../../src/runtime/program.ts';
import { variantName } from '../../../src/runtime/specialize.ts';
import { planRequestOf } from '../../plans.ts';
import type { Roofline } from '../roofline/schema.ts';
import { type KernelShape, type KernelsSection, type VariantRow, variantTime } from './schema.ts';

export type KernelsRequest = {
  /** What to sweep: `name` as it stands in the report. */
  readonly plans: readonly { readonly name: string; readonly plan: PlanRequest }[];
  /** Left out: no share of peak is reported. */
  readonly roofline?: Roofline;
  /** Seconds after which no shape is begun. */
  readonly seconds: number;
};

export type KernelsEvent = { readonly phase: string; readonly done: number; readonly all: number };

export const kernelsJob = defineJob('kernels', kernels);

async function kernels(request: KernelsRequest, context: JobContext<KernelsEvent>): Promise<KernelsSection> {
  const { plans, roofline, seconds } = request;
  const { gpu, now, signal, report } = context;
  const matrices = await matrixOptions(plans.some(({ plan }) => plan.precision === 'f16-matrix'));
  const device = await Device.open(gpu, { now, features: ['timestamp-query'], ...matrices });
  try {
    for (const { plan } of plans) checkPrecision(device, plan.precision ?? 'f32');
    const { vendor } = device.adapter;
    const passes = plans.flatMap(({ plan }) => recordPlan({ vendor, ...plan }).builder.program.passes);
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

export interface SweepOptions {
  readonly plans: readonly string[];
  readonly roofline?: Roofline | undefined;
  /** Seconds after which no shape is begun; there is at least one. */
  readonly seconds: number;
  readonly signal: { readonly aborted: boolean };
  readonly onShape: (shape: string, done: number, all: number) => void;
}

/** Milliseconds of GPU time that one tile may take: a software GPU's single run may be longer. */
const TILE_BUDGET = 500;

/** @throws GpuError, DeviceLostError */
export async function sweepKernels(
  device: Device,
  passes: readonly RecordedPass[],
  { plans, roofline, seconds, signal, onShape }: SweepOptions,
): Promise<KernelsSection> {
  const timer = await createPassTimer(device);
  const checks = new TileChecks(device);
  const points = classesOf(passes, targetOf(device)).flatMap((found) =>
    found.points.map((point) => ({ ...found.shape, ...point })),
  );
  const end = device.now() + 1000 * seconds;
  const shapes: KernelShape[] = [];
  let ended: KernelsSection['ended'] = 'every shape';
  try {
    for (const [done, { kernel, map, inputs, outputs, pass }] of points.entries()) {
      if (done > 0 && device.now() >= end) ended = 'time over';
      if (signal.aborted) ended = 'stopped';
      if (ended !== 'every shape') break;
      onShape(`${kernel} ${map}`.trim(), done, points.length);
      const tiles = candidatesOf(pass, device.adapter.vendor, targetOf(device));
      const [first] = tiles;
      const candidates = [...tiles, ...(first ? withSplitK(pass, first, SPLIT_FACTORS, device.tileTarget) : [])];
      const { accepted, rejected, run } = await prepare(device, pass, candidates, checks);
      const times = new Map<(typeof candidates)[number], VariantRow['time']>(
        rejected.map(({ candidate, problem }) => [candidate, { problem }]),
      );
      try {
        for (const [index, candidate] of accepted.entries()) {
          const { flops, bytes } = costOf(pass.kernel, candidate.size, candidate.parameters);
          const limits = { least: timer.least, best: Number.POSITIVE_INFINITY, budget: TILE_BUDGET };
          const { milliseconds } = await measurePass((repeats) => timer.time(run, index, repeats), limits);
          times.set(candidate, variantTime(flops, bytes, milliseconds, roofline));
        }
      } finally {
        run.destroy();
      }
      device.assertAlive();
      const variants = candidates.map((candidate): VariantRow => {
        const { tile, splitK, size, parameters } = candidate;
        const { flops, bytes } = costOf(pass.kernel, size, parameters);
        const workgroups = pass.kernel.grid(size, parameters).reduce((product, n) => product * n, 1);
        const time = times.get(candidate) ?? { problem: 'it was not measured' };
        return { tile, splitK, variant: variantName(pass.kernel, parameters), workgroups, flops, bytes, time };
      });
      shapes.push({ kernel, map, pixels: pixelsOf(pass.size), inputs, outputs, variants });
    }
  } finally {
    timer.destroy();
  }
  return { plans, clock: timer.clock, ...(roofline && { roofline }), ended, shapes };
}
