// One workload in two steps. `prepare` makes it on a device of its own, from nothing to the first result: that is what cold
// means, and there GPU memory is counted. `measure` repeats it warm. Knows no page: clock, GPU and a way to stop are given.

import { DenseNet } from '../../../src/densenet/model.ts';
import { describePlan, type Plan } from '../../../src/densenet/plan/plan.ts';
import { PRESETS } from '../../../src/densenet/presets.ts';
import { optionsFor } from '../../../src/jobs/device-options.ts';
import { Device } from '../../../src/runtime/device.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import { type LoadedWorkload, loadWorkload } from '../../loaded-workload.ts';
import { largestFitting, planOf } from '../../plans.ts';
import { type SampleOptions, sample } from '../../sampling.ts';
import type { Workload } from '../../workloads.ts';
import { countBuffers, memoryReport } from '../memory/measure.ts';
import type { Prepared, Warm } from './schema.ts';

export type Phase = 'preparing' | 'checking' | 'warming up' | 'measuring';

export interface WarmStart {
  readonly device: Device;
  readonly loaded: LoadedWorkload;
  readonly prepared: Prepared;
  /** Share of a repeat's FLOPs in each kernel variant. */
  readonly shares: ReadonlyMap<string, number>;
  destroy(): void;
}

export interface PrepareOptions {
  readonly gpu: GPU;
  readonly now: () => number;
  /** When the page was loaded, or the command started: milliseconds since 1970, where that is to be reported. */
  readonly start: number | undefined;
}

/** Bytes that `largest` may take: all that the limits allow, but a software GPU takes the machine's own memory. */
const ROOM = { hardware: Number.POSITIVE_INFINITY, software: 2 ** 31 };
/** Where memory runs out under `largest`, the next batch tried is so much smaller. */
const SMALLER = 0.75;

/**
 * @throws LimitError with the largest batch that fits, NoGpuError,
 * GpuError, DeviceLostError; nothing is left allocated then
 */
export async function prepare(workload: Workload, options: PrepareOptions): Promise<WarmStart> {
  const { gpu, now } = options;
  let most: number | undefined;
  for (;;) {
    const begun = now();
    const device = await Device.open(gpu, { now, ...(await optionsFor(workload.precision)) });
    try {
      const batch = workload.batch === 'largest' ? largest(workload, device, most) : workload.batch;
      most = batch;
      return await prepareOn(device, workload, batch, now() - begun, options);
    } catch (error) {
      device.destroy();
      const full = error instanceof GpuError && /out of memory/.test(error.message);
      if (workload.batch !== 'largest' || !full || !most || most === 1) throw error;
      most = Math.floor(most * SMALLER);
    }
  }
}

function largest(workload: Workload, { gpu, adapter }: Device, most = Number.POSITIVE_INFINITY): number {
  const room = adapter.software ? ROOM.software : ROOM.hardware;
  return Math.min(most, largestFitting(workload, gpu.limits, room, adapter.vendor));
}

async function prepareOn(
  device: Device,
  workload: Workload,
  batch: number,
  opening: number,
  { now, start }: PrepareOptions,
): Promise<WarmStart> {
  const gpuBytes = countBuffers(device.gpu);
  const begun = now();
  const plan = planOf(workload, batch, device.gpu.limits, device.adapter.vendor);
  const planned = describePlan(plan);
  const compiling = now();
  const { passes } = plan.builder.program;
  await Promise.all(
    passes.map((p) => device.pipelines.get(p.kernel, p.parameters, p.promoted, p.packedF16, true, p.shader)),
  );
  const compiled = now();
  const model = await DenseNet.create(device, PRESETS[workload.model], { seed: 1 });
  const loaded = await loadWorkload(model, workload, batch);
  const made = now();
  await loaded.run();
  const ended = now();
  const { config } = model;
  const repeated = repeatedPasses(plan);
  const flops = repeated.reduce((sum, pass) => sum + pass.flops, 0);
  return {
    device,
    loaded,
    shares: shareOf(repeated, flops),
    prepared: {
      batch,
      parameters: planned.parameters,
      macs: planned.macs,
      height: config.height,
      width: config.width,
      passes: repeated.length,
      flops,
      traffic: repeated.reduce((sum, pass) => sum + pass.bytes, 0),
      pipelines: planned.pipelines,
      memory: memoryReport(planned, gpuBytes()),
      cold: {
        device: opening,
        compilation: compiled - compiling,
        preparation: compiling - begun + (made - compiled),
        firstResult: ended - made,
        sinceStart: start === undefined ? null : Date.now() - start,
      },
    },
    destroy: () => device.destroy(),
  };
}

/** What runs once a set of weights is in no repeat. */
const repeatedPasses = (plan: Plan<unknown>) => describePlan(plan).passes.filter(({ section }) => section !== 'load');

function shareOf(passes: ReturnType<typeof repeatedPasses>, flops: number): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { kernel, variant, flops: own } of passes) {
    const name = `${kernel} ${variant}`;
    shares.set(name, (shares.get(name) ?? 0) + own / flops);
  }
  return shares;
}

/** @throws GpuError where a result is not finite, DeviceLostError; the signal's reason before the first measured repeat */
export async function measure({ loaded, prepared }: WarmStart, options: SampleOptions): Promise<Warm> {
  const taken = await sample(loaded.run, options);
  const { median, interval } = taken.milliseconds;
  const perSecond = (ms: number) => (1000 * prepared.batch) / ms;
  return {
    ...taken,
    imagesPerSecond: { median: perSecond(median), low: perSecond(interval.high), high: perSecond(interval.low) },
    gflops: prepared.flops / median / 1e6,
  };
}
