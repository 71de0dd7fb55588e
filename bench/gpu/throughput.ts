// Images a second of whole steps and whole inferences, with one after another and with several under way: the difference
// is what the way to the GPU and back costs.

import { DenseNet } from '../../src/densenet/model.ts';
import type { PlanRequest } from '../../src/jobs/compile.ts';
import { defineJob, type JobContext } from '../../src/jobs/define-job.ts';
import { optionsFor } from '../../src/jobs/device-options.ts';
import { Device } from '../../src/runtime/device.ts';
import { GpuError } from '../../src/runtime/errors.ts';
import { loadWorkload } from '../loaded-workload.ts';
import type { PlanValidation } from '../sections/throughput/schema.ts';
import { validatePlan } from '../sections/throughput/validation.ts';
import { summarize } from '../statistics.ts';

export type ThroughputRequest = {
  readonly plan: PlanRequest;
  /** For each of the two ways. */
  readonly seconds: number;
};

export type Throughput = {
  /** Milliseconds to allocate and to compile. */
  readonly preparation: number;
  /** Logits, or loss and gradients, of this very plan against a small one's; null where one image is all there is. */
  readonly check: PlanValidation | null;
  /** Milliseconds of one from upload to result, when nothing else is under way. */
  readonly milliseconds: {
    readonly median: number;
    readonly p5: number;
    readonly p95: number;
    readonly repeats: number;
  };
  /** By the median. */
  readonly imagesPerSecond: number;
  /** With several under way, over all of them. */
  readonly overlapped: { readonly imagesPerSecond: number; readonly repeats: number };
};

const WARM_UPS = 5;
const LEAST = 3;
const MOST = 200;
const UNDER_WAY = 4;

export const throughputJob = defineJob('throughput', throughput);

async function throughput({ plan, seconds }: ThroughputRequest, { gpu, now, signal }: JobContext): Promise<Throughput> {
  const device = await Device.open(gpu, { now, ...(await optionsFor(plan.precision)) });
  try {
    const start = now();
    const { config, batch, mode, recompute, precision = 'f32' } = plan;
    const model = await DenseNet.create(device, config, { seed: 1 });
    const loaded = await loadWorkload(model, { mode, recompute, precision }, batch);
    const { run } = loaded;
    const preparation = now() - start;
    const check = (await validatePlan(loaded)) ?? null;
    if (check && !check.passed)
      throw new GpuError(`${check.worst} is off by ${check.error}, allowed ${check.allowed}: nothing is timed`);
    const warm = now();
    for (let i = 0; i < WARM_UPS && now() - warm < seconds * 1000; i++) await run();
    const alone = await repeat(run, 1, { seconds, now, signal });
    const together = await repeat(run, UNDER_WAY, { seconds, now, signal });
    if (together.times.length === 0) throw new GpuError('there was no time left after preparing and checking it');
    const { median, p5, p95, repeats } = summarize(alone.times);
    return {
      preparation,
      check,
      milliseconds: { median, p5, p95, repeats },
      imagesPerSecond: (1000 * batch) / median,
      overlapped: {
        imagesPerSecond: (1000 * batch * together.times.length) / together.milliseconds,
        repeats: together.times.length,
      },
    };
  } finally {
    device.destroy();
  }
}

interface RepeatOptions {
  readonly seconds: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Repeats with `underWay` at a time until the time is over. */
async function repeat(run: () => Promise<void>, underWay: number, { seconds, now, signal }: RepeatOptions) {
  const times: number[] = [];
  const begun = now();
  let started = 0;
  const lane = async () => {
    while (started < MOST && (started < LEAST || now() - begun < seconds * 1000) && !signal.aborted) {
      started++;
      const start = now();
      await run();
      times.push(now() - start);
    }
  };
  await Promise.all(Array.from({ length: underWay }, lane));
  return { times, milliseconds: now() - begun };
}
