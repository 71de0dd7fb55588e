// The job `verify`: a golden file's network on this host's GPU, everything it computes, and how far that is from what
// the file expects.
// In: head { file, recompute, defaultLimits }, attachment `golden`. Out: head VerifyReport, attachment `tensors`
// (safetensors, by the golden's names).

import { writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor } from '../../data/tensor.ts';
import { compareTensors, type GroupReport, groupReports } from '../../densenet/golden/compare.ts';
import { readGolden } from '../../densenet/golden/golden.ts';
import { runGolden } from '../../densenet/golden/run.ts';
import { Device } from '../../runtime/device.ts';
import type { Job } from '../job.ts';
import { attachment, message } from '../message.ts';

export type VerifyInput = {
  /** What errors name. */
  readonly file: string;
  readonly recompute: boolean;
  /** WebGPU's default limits and no optional feature. */
  readonly defaultLimits: boolean;
};

export type VerifyReport = {
  readonly file: string;
  readonly adapter: string;
  readonly parameters: number;
  readonly passed: boolean;
  /** A line a group; empty where the file expects nothing. */
  readonly groups: readonly VerifyGroup[];
  /** Distinct kernel variants of the inference plan and the training plan. */
  readonly variants: readonly string[];
};

export type VerifyGroup = {
  readonly group: string;
  readonly tensors: number;
  /** How many of them are off by more than is allowed. */
  readonly failed: number;
  readonly passed: boolean;
  readonly worst: string;
  /** Relative L2 error; null where it is not a number. */
  readonly error: number | null;
  readonly allowed: number;
  /** As a multiple of PyTorch's own float32 error; null where the file does not say. */
  readonly timesFloat32: number | null;
};

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

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

export const verifyJob: Job = async (input, { gpu, now }) => {
  const { file, recompute, defaultLimits } = input.head as VerifyInput;
  const golden = readGolden(attachment(input, 'golden'), file);
  const device = await Device.open(gpu, { now, defaultLimits });
  try {
    const { tensors, parameters, variants } = await runGolden(device, golden, { recompute });
    const groups = groupReports(compareTensors(golden, tensors)).map(toGroup);
    const passed = groups.every((g) => g.passed);
    const report: VerifyReport = { file, adapter: device.adapter.name, parameters, passed, groups, variants };
    const named = [...tensors].map(([name, { shape, values }]) => [name, float32Tensor(shape, values)] as const);
    return message(report, { tensors: writeSafetensors(new Map(named)) });
  } finally {
    device.destroy();
  }
};
