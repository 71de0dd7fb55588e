// A ReLU as WGSL's own max(z, 0), which may give 0 for NaN, in the place of ours: whether the cases of NaN tell it.

import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { AnyKernel, Part } from '../../src/runtime/kernel.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { transitionPool } from '../../src/shaders/transition/pool.ts';
import { runCase } from '../e2e/kernels/kernel-suite.ts';
import { kernelCases } from '../e2e/kernels/suites.ts';
import { sharedGpu } from './shared-gpu.ts';

export type OldActivationReport = {
  readonly software: boolean;
  readonly ours: string;
  readonly old: string;
};

const old: Part = {
  name: 'activation',
  source: `fn activate(value: f32, affine: vec4f) -> f32 { return max(fma(value, affine.x, affine.y), 0.0); }`,
};

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
