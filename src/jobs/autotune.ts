// The job `autotune`: finds, or reads, the fastest tiles for a plan on this host's GPU. Cached records travel with the request
// and the answer of every job that uses tiles: the client owns the file, a host need not be allowed to write one.

import { type AutotuneMode, autotune } from '../densenet/autotune/autotune.ts';
import type { AutotuneCache, AutotuneRecord } from '../densenet/autotune/cache.ts';
import type { AutotuneProgress } from '../densenet/autotune/search.ts';
import { buildNetwork } from '../densenet/network.ts';
import { Device } from '../runtime/device.ts';
import type { PlanRequest } from './compile.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { optionsFor } from './device-options.ts';

export interface AutotuneRequest {
  readonly plan: PlanRequest;
  readonly autotune: AutotuneMode;
  /** Milliseconds of GPU time. */
  readonly budget: number;
  readonly kept: CachedAutotunes;
}

export interface AutotuneReport {
  readonly source: 'defaults' | 'cache' | 'measured';
  readonly measured: number;
  readonly classes: number;
  readonly gpuMilliseconds: number;
  readonly seconds: number;
  /** How time was measured; null where nothing was. */
  readonly clock: string | null;
  readonly autotuneRecord: AutotuneRecord;
  readonly notes: readonly string[];
  readonly kept: CachedAutotunes;
}

/** @throws LimitError, NoGpuError, WrongResultError, GpuError */
export const autotuneJob = defineJob('autotune', autotunePlan);

async function autotunePlan(
  { plan, autotune: search, budget, kept }: AutotuneRequest,
  { gpu, now, host, signal, report }: JobContext<AutotuneProgress>,
): Promise<AutotuneReport> {
  const { config, mode, precision, batch, recompute, loss, optimizer } = plan;
  const device = await Device.open(gpu, {
    now,
    features: ['timestamp-query'],
    subgroups: true,
    ...(await optionsFor(precision)),
  });
  try {
    const cache = messageStore(kept);
    const started = now();
    const { source, measured, classes, gpuMilliseconds, clock, autotuneRecord, notes } = await autotune(
      { device, network: buildNetwork(config) },
      {
        mode: search,
        workloads: [{ plan: mode, batch, recompute, loss, optimizer }],
        precision,
        budget,
        cache,
        signal,
        userAgent: userAgentOf(host),
        onProgress: report,
      },
    );
    return {
      source,
      measured,
      classes,
      gpuMilliseconds,
      clock: clock ?? null,
      autotuneRecord,
      notes,
      seconds: (now() - started) / 1000,
      kept: cache.kept,
    };
  } finally {
    device.destroy();
  }
}

/** Autotune records as text, by cache key. */
export type CachedAutotunes = Readonly<Record<string, string>>;

export interface MessageStore extends AutotuneCache {
  /** What was cached, and what was written since. */
  readonly kept: CachedAutotunes;
}

export function messageStore(kept: CachedAutotunes): MessageStore {
  const texts = new Map(Object.entries(kept));
  return {
    read: async (key) => texts.get(key),
    write: async (key, text) => {
      texts.set(key, text);
    },
    get kept() {
      return Object.fromEntries(texts);
    },
  };
}

/** A user agent with major versions only: an autotune record outlives a small update. Node.js 20 has no `navigator`. */
export function userAgentOf(host: string): string {
  const userAgent = typeof navigator === 'undefined' ? '' : navigator.userAgent;
  return `${host} ${userAgent}`.trim().replace(/(\d+)(?:\.\d+)+/g, '$1');
}
