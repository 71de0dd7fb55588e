// The job `autotune`: finds, or reads, the fastest tiles for a plan on this host's GPU.

import { type AutotuneMode, autotune } from '../densenet/autotune/autotune.ts';
import type { AutotuneRecord } from '../densenet/autotune/cache.ts';
import type { AutotuneProgress } from '../densenet/autotune/search.ts';
import { buildNetwork } from '../densenet/network.ts';
import { Device } from '../runtime/device.ts';
import { type CachedAutotunes, messageStore, userAgentOf } from './autotune-message.ts';
import type { Job } from './job.ts';
import { type JsonValue, message } from './message.ts';
import { planRequestFromJson } from './plan-request.ts';

export type AutotuneInput = {
  /** A PlanRequest: planRequestToJson. */
  readonly plan: JsonValue;
  readonly autotune: AutotuneMode;
  /** Milliseconds of GPU time. */
  readonly budget: number;
  readonly kept: CachedAutotunes;
};

export type AutotuneReport = {
  readonly source: 'defaults' | 'cache' | 'measured';
  readonly measured: number;
  readonly classes: number;
  readonly gpuMilliseconds: number;
  readonly seconds: number;
  /** How time was told; null where nothing was measured. */
  readonly clock: string | null;
  readonly autotuneRecord: AutotuneRecord;
  readonly notes: readonly string[];
  readonly kept: CachedAutotunes;
};

/** Tells TuneProgress, answers with a TuneReport. @throws LimitError, NoGpuError, WrongResultError, GpuError */
export const autotuneJob: Job = async ({ head }, { gpu, now, host, signal, report }) => {
  const input = head as AutotuneInput;
  const { config, mode, precision, batch, recompute, loss, optimizer } = planRequestFromJson(input.plan);
  const device = await Device.open(gpu, { now, features: ['timestamp-query'] });
  try {
    const cache = messageStore(input.kept);
    const started = now();
    const autotuned = await autotune(
      { device, network: buildNetwork(config) },
      {
        ...{
          mode: input.autotune,
          workloads: [{ plan: mode, batch, recompute, loss, optimizer }],
          precision,
          budget: input.budget,
        },
        ...{ cache, signal, userAgent: userAgentOf(host) },
        onProgress: (progress: AutotuneProgress) => report({ ...progress }),
      },
    );
    const { source, measured, classes, gpuMilliseconds, clock = null, autotuneRecord, notes } = autotuned;
    const answer: AutotuneReport = {
      ...{ source, measured, classes, gpuMilliseconds, clock, autotuneRecord, notes },
      ...{ seconds: (now() - started) / 1000, kept: cache.kept },
    };
    return message(answer as unknown as JsonValue);
  } finally {
    device.destroy();
  }
};
