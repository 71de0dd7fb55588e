// Kernels on their own: one kernel's cases against its float64 reference, in whatever host this runs, and what must be found
// out about a kernel that is wrong. The device has WebGPU's default limits and no optional feature: what passes here passes on
// every device. A case that throws, or during which the GPU complains, has failed; the others still run.

import { defineJob, type JobContext } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { AnyKernel, Part } from '../../src/runtime/kernel.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { transitionPool } from '../../src/shaders/transition/pool.ts';
import { type CaseResult, runCase } from '../e2e/kernels/kernel-suite.ts';
import { type Coverage, kernelCases } from '../e2e/kernels/suites.ts';
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
  /** Default 'crossed'. */
  readonly coverage?: Coverage;
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
      coverage = 'crossed',
    } = input;
    const complaints: string[] = [];
    const onError = (error: Error) => complaints.push(error.message);
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true, subgroups, onError });
    const reports: CaseReport[] = [];
    for (const { suite, name, size, variant, seed: own, packedF16, nonFinite } of kernelCases(seed, coverage)) {
      if (suite.kernel.id !== kernel || !name.includes(only) || packedF16.length > 0 !== roundedToF16) continue;
      report({ case: name });
      const start = now();
      const result = await runCase(device, suite, size, variant, new Random(own), {
        packedF16,
        unroll,
        nonFinite,
        ...(subgroups && { shader: 'subgroups' as const }),
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

export type OldActivationReport = {
  readonly software: boolean;
  readonly ours: string;
  readonly old: string;
};

const old: Part = {
  name: 'activation',
  source: `fn activate(value: f32, affine: vec4f) -> f32 { return max(fma(value, affine.x, affine.y), 0.0); }`,
};

/** A ReLU as WGSL's own max(z, 0), which may give 0 for NaN, in the place of ours: whether the cases of NaN tell it. */
export const oldActivation = defineJob('old-activation', async (_request, { gpu, now }) => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const found = kernelCases(1).find(({ suite, nonFinite }) => suite.kernel.id === transitionPool.id && nonFinite);
  if (!found) throw new Error(`${transitionPool.id} has no case of NaN`);
  const { suite, size, variant, seed, nonFinite } = found;
  const told = async (kernel: AnyKernel) =>
    (await runCase(device, suite, size, variant, new Random(seed), { nonFinite, kernel })).message;
  const parts = suite.kernel.parts.map((part) => (part.name === old.name ? old : part));
  const report: OldActivationReport = {
    software: device.adapter.software,
    ours: await told(suite.kernel),
    old: await told({ ...suite.kernel, parts }),
  };
  device.destroy();
  return report;
});
