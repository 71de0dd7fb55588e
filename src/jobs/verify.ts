// The job `verify`: a golden file's network on this host's GPU, everything it computes, and how far that is from what
// the file expects.

import { writeSafetensors } from '../data/safetensors.ts';
import { float32Tensor } from '../data/tensor.ts';
import { autotune } from '../densenet/autotune/autotune.ts';
import type { CertifyProgress } from '../densenet/certify/certify.ts';
import { compareTensors, finite, type GroupReport, groupReports } from '../densenet/golden/compare.ts';
import { readGolden } from '../densenet/golden/golden.ts';
import { runGolden } from '../densenet/golden/run.ts';
import { buildNetwork } from '../densenet/network.ts';
import type { Precision } from '../densenet/plan/feature-map.ts';
import { vendorTiles } from '../densenet/plan/tile-config.ts';
import type { Vendor } from '../runtime/adapter.ts';
import { Device } from '../runtime/device.ts';
import { type CachedAutotunes, messageStore, userAgentOf } from './autotune.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { optionsFor } from './device-options.ts';
import type { VerifyGroup, VerifyReport } from './verify-report.ts';

export type { VerifyGroup, VerifyReport } from './verify-report.ts';

export interface VerifyRequest {
  readonly golden: Uint8Array;
  /** What errors call it. */
  readonly file: string;
  readonly recompute: boolean;
  /** How features are stored; default: as the golden says. */
  readonly precision?: Precision | undefined;
  /** WebGPU's default limits and no optional feature. */
  readonly defaultLimits: boolean;
  /** Given: the autotune records that were cached for this GPU, by key; left out: the defaults. */
  readonly kept?: CachedAutotunes | undefined;
  /** Whether it is also recomputed in float64 (`certify`). Default false. */
  readonly certify?: boolean | undefined;
  /** Whose GPUs' default tiles; left out: this GPU's own vendor's. */
  readonly vendor?: Vendor | undefined;
}

/** A report, and everything that was computed: safetensors, by the golden's names. */
export interface VerifyAnswer {
  readonly report: VerifyReport;
  readonly tensors: Uint8Array<ArrayBuffer>;
}

const toGroup = ({ group, tensors, failed, passed, worst }: GroupReport): VerifyGroup => ({
  group,
  tensors,
  failed,
  passed,
  worst: worst.name,
  error: finite(worst.error),
  allowed: worst.allowed,
  timesFloat32: finite(worst.timesFloat32),
});

/** Calls `report` unless it was called less than so many milliseconds ago: an event is a message. */
function atMostEvery<T>(milliseconds: number, now: () => number, report: (event: T) => void): (event: T) => void {
  let last = now();
  return (event) => {
    if (now() - last < milliseconds) return;
    last = now();
    report(event);
  };
}

export const verifyJob = defineJob('verify', verify);

async function verify(
  request: VerifyRequest,
  { gpu, now, host, report: tell, signal }: JobContext<CertifyProgress>,
): Promise<VerifyAnswer> {
  const { file, recompute, precision: asked, defaultLimits, kept, vendor, certify: certifies = false } = request;
  const golden = readGolden(request.golden, file);
  const precision = asked ?? golden.training.precision;
  const device = await Device.open(gpu, {
    now,
    defaultLimits,
    subgroups: kept !== undefined,
    ...(await optionsFor(precision)),
  });
  try {
    const autotuned = await autotune(
      { device, network: buildNetwork(golden.config) },
      {
        mode: kept ? 'cached' : 'off',
        workloads: [],
        precision,
        cache: messageStore(kept ?? {}),
        userAgent: userAgentOf(host),
      },
    );
    const { tileConfig } = autotuned.source === 'defaults' && vendor ? { tileConfig: vendorTiles(vendor) } : autotuned;
    const { tensors, parameters, variants } = await runGolden(device, golden, { recompute, precision, tileConfig });
    // Loaded when it is asked for: a page that never asks has none of it.
    const certificate = certifies
      ? await (await import('../densenet/certify/certify-golden.ts')).certifyGolden(device, golden, tensors, {
          recompute,
          precision,
          tileConfig,
          onProgress: atMostEvery(1000, now, tell),
          signal,
        })
      : undefined;
    const groups = groupReports(compareTensors(golden, tensors, precision)).map(toGroup);
    const passed = groups.every((g) => g.passed);
    const report: VerifyReport = {
      file,
      adapter: device.adapter.name,
      parameters,
      precision,
      passed,
      groups,
      variants,
      ...(certificate && { certificate }),
    };
    const named = [...tensors].map(([name, { shape, values }]) => [name, float32Tensor(shape, values)] as const);
    return { report, tensors: writeSafetensors(new Map(named)) };
  } finally {
    device.destroy();
  }
}
