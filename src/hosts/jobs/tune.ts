// The job `tune`: finds, or reads, the fastest tiles for a plan on this host's GPU.

import { buildNetwork } from '../../densenet/network.ts';
import { type TuneMode, tune } from '../../densenet/tune/tune.ts';
import type { TuneProgress } from '../../densenet/tune/tune-passes.ts';
import type { Tuning } from '../../densenet/tune/tuning.ts';
import { Device } from '../../runtime/device.ts';
import type { Job } from '../job.ts';
import { agentOf, type KeptTunings, messageStore } from '../kept-tunings.ts';
import { type JsonValue, message } from '../message.ts';
import { planRequestFromJson } from '../plan-request.ts';

export type TuneInput = {
  /** A PlanRequest: planRequestToJson. */
  readonly plan: JsonValue;
  readonly tune: TuneMode;
  /** Milliseconds of GPU time. */
  readonly budget: number;
  readonly kept: KeptTunings;
};

export type TuneReport = {
  readonly source: 'defaults' | 'cache' | 'measured';
  readonly measured: number;
  readonly classes: number;
  readonly gpuMilliseconds: number;
  readonly seconds: number;
  /** How time was told; null where nothing was measured. */
  readonly clock: string | null;
  readonly tuning: Tuning;
  readonly notes: readonly string[];
  readonly kept: KeptTunings;
};

/** Tells TuneProgress, answers with a TuneReport. @throws LimitError, NoGpuError, WrongResultError, GpuError */
export const tuneJob: Job = async ({ head }, { gpu, now, host, signal, report }) => {
  const input = head as TuneInput;
  const { config, mode, precision, batch, recompute, loss, optimizer } = planRequestFromJson(input.plan);
  const device = await Device.open(gpu, { now, features: ['timestamp-query'] });
  try {
    const store = messageStore(input.kept);
    const started = now();
    const tuned = await tune(
      { device, network: buildNetwork(config) },
      {
        ...{
          mode: input.tune,
          workloads: [{ plan: mode, batch, recompute, loss, optimizer }],
          precision,
          budget: input.budget,
        },
        ...{ store, signal, agent: agentOf(host) },
        onProgress: (progress: TuneProgress) => report({ ...progress }),
      },
    );
    const { source, measured, classes, gpuMilliseconds, clock = null, tuning, notes } = tuned;
    const answer: TuneReport = {
      ...{ source, measured, classes, gpuMilliseconds, clock, tuning, notes },
      ...{ seconds: (now() - started) / 1000, kept: store.kept },
    };
    return message(answer as unknown as JsonValue);
  } finally {
    device.destroy();
  }
};
