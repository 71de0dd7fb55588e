// One kernel's cases against its float64 reference, in whatever host this runs. The device has WebGPU's default limits
// and no optional feature: what passes here passes on every device. A case that throws, or during which the GPU
// complains, has failed; the others still run.

import { defineJob, type JobContext } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { type CaseResult, runCase } from '../e2e/kernels/kernel-suite.ts';
import { kernelCases } from '../e2e/kernels/suites.ts';
import { sharedGpu } from './shared-gpu.ts';

export type KernelCasesInput = {
  readonly kernel: string;
  readonly seed: number;
  /** Only the cases whose name contains this. */
  readonly only: string;
  /** The cases with features as f16; left out: those without. */
  readonly packedF16?: boolean;
  /** Ask the device for subgroup operations. */
  readonly subgroups?: boolean;
  /** False: not every variant at every size. Default true. */
  readonly crossed?: boolean;
  /** False: texts that compile in a fraction of the time. Default true. */
  readonly unroll?: boolean;
};

export type CaseReport = {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
  /** Largest error, in units of what is allowed. */
  readonly worst: number;
  readonly milliseconds: number;
};

export const kernelCasesJob = defineJob(
  'kernel-cases',
  async (input: KernelCasesInput, { gpu, now, report }: JobContext<{ readonly case: string }>) => {
    const {
      kernel,
      seed,
      only,
      packedF16: roundedToF16 = false,
      subgroups = false,
      unroll = true,
      crossed = true,
    } = input;
    const complaints: string[] = [];
    const onError = (error: Error) => complaints.push(error.message);
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true, subgroups, onError });
    const reports: CaseReport[] = [];
    for (const { suite, name, size, variant, seed: own, packedF16, nonFinite } of kernelCases(seed, { crossed })) {
      if (suite.kernel.id !== kernel || !name.includes(only) || packedF16.length > 0 !== roundedToF16) continue;
      report({ case: name });
      const start = now();
      const result = await runCase(device, suite, size, variant, new Random(own), {
        packedF16,
        unroll,
        nonFinite,
      }).catch(thrown);
      const heard = complaints.splice(0);
      reports.push({
        name,
        passed: result.passed && heard.length === 0,
        message: [...heard, result.message].filter(Boolean).join('\n'),
        worst: result.worst,
        milliseconds: now() - start,
      });
    }
    const compiled = device.pipelines.compiled.reduce((sum, c) => sum + c.milliseconds, 0);
    device.destroy();
    const { size } = device.pipelines;
    return { reports, pipelines: size, compileMilliseconds: compiled, subgroups: device.subgroups };
  },
);

const thrown = (error: unknown): CaseResult => ({
  passed: false,
  message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  worst: 0,
});
