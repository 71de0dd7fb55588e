// A golden file's network twice on one device with WebGPU's default limits: bottlenecks kept, and computed again. Both
// are held against the file, and against each other bit for bit.

import { compareTensors, groupReports } from '../../src/densenet/golden/compare.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { runGolden } from '../../src/densenet/golden/run.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { sharedDevice } from './shared-device.ts';
import { differences } from './small-network.ts';

export type GoldenInput = { readonly golden: Uint8Array; readonly file: string; readonly unroll: boolean };

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
  async ({ file, golden: bytes, unroll }: GoldenInput, { gpu, now }) => {
    const golden = readGolden(bytes, file);
    const { device, complaints } = await sharedDevice(gpu, now);
    const failures: string[] = [];
    let worst = 0;
    const held = async (recompute: boolean) => {
      const { tensors } = await runGolden(device, golden, { recompute, unroll });
      for (const { worst: report, passed, group } of groupReports(compareTensors(golden, tensors))) {
        worst = Math.max(worst, report.error / report.allowed);
        if (passed) continue;
        const { name, error, allowed } = report;
        const mode = recompute ? 'recomputed' : 'kept';
        failures.push(
          `${mode}: ${group}: ${name} is off by ${error.toExponential(1)}, allowed ${allowed.toExponential(1)}`,
        );
      }
      return tensors;
    };
    const kept = await held(false);
    const differ = differences(kept, await held(true));
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
