// A golden file's network on a device with WebGPU's default limits, with bottlenecks kept and, where that is asked for,
// computed again. Both are held against the file, and against each other bit for bit.

import { compareTensors, groupReports } from '../../src/densenet/golden/compare.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { runGolden } from '../../src/densenet/golden/run.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';
import { differences } from './small-network.ts';

export type GoldenInput = {
  readonly golden: Uint8Array;
  readonly file: string;
  readonly unroll: boolean;
  /** Also with bottlenecks computed again. */
  readonly recompute: boolean;
};

export type GoldenModesReport = {
  /** What is further off than allowed, in words. */
  readonly failures: readonly string[];
  /** Tensors compared in each mode. */
  readonly tensors: number;
  /** The worst error, in units of what is allowed. */
  readonly worst: number;
  /** Tensors whose bits differ between the modes. */
  readonly differ: readonly string[];
  /** What the GPU complained of. */
  readonly complaints: readonly string[];
};

export const goldenModes = defineJob(
  'golden-modes',
  async ({ file, golden: bytes, unroll, recompute }: GoldenInput, { gpu, now }) => {
    const golden = readGolden(bytes, file);
    const complaints: string[] = [];
    const onError = (error: Error) => complaints.push(error.message);
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true, onError });
    const failures: string[] = [];
    let worst = 0;
    const held = async (again: boolean) => {
      const { tensors } = await runGolden(device, golden, { recompute: again, unroll });
      for (const { worst: report, passed, group } of groupReports(compareTensors(golden, tensors))) {
        worst = Math.max(worst, report.error / report.allowed);
        if (passed) continue;
        const { name, error, allowed } = report;
        const mode = again ? 'recomputed' : 'kept';
        failures.push(
          `${mode}: ${group}: ${name} is off by ${error.toExponential(1)}, allowed ${allowed.toExponential(1)}`,
        );
      }
      return tensors;
    };
    const kept = await held(false);
    const differ = recompute ? differences(kept, await held(true)) : [];
    device.destroy();
    const report: GoldenModesReport = {
      failures,
      tensors: golden.expected.size,
      worst,
      differ,
      complaints: [...complaints],
    };
    return report;
  },
);
