// Right before fast: what this GPU computes is held against PyTorch's numbers before anything is timed on it, forward,
// backward and update, on a small network of the same kind as the one to be timed.

import { compareTensors, groupReports } from '../src/densenet/golden/compare.ts';
import { readGolden } from '../src/densenet/golden/golden.ts';
import { runGolden } from '../src/densenet/golden/run.ts';
import { PRESETS } from '../src/densenet/presets.ts';
import type { Device } from '../src/runtime/device.ts';
import type { Workload } from './workload.ts';

/** Networks that differ in their kernels: with the ImageNet stem, with bottlenecks, and plain. */
export type Kind = 'imagenet' | 'bottleneck' | 'plain';

export function kindOf({ model }: Workload): Kind {
  const { stem, bottleneckWidth } = PRESETS[model];
  if (stem === 'imagenet') return 'imagenet';
  return bottleneckWidth > 0 ? 'bottleneck' : 'plain';
}

export type CheckReport = {
  readonly kind: Kind;
  readonly file: string;
  readonly passed: boolean;
  /** The largest relative L2 error of each group of tensors, what is allowed, and where it is; null where it is NaN. */
  readonly groups: readonly {
    readonly group: string;
    readonly error: number | null;
    readonly allowed: number;
    readonly passed: boolean;
    readonly worst: string;
  }[];
};

/** @throws DataError where `golden` is no golden file; GpuError, DeviceLostError */
export async function checkDevice(device: Device, kind: Kind, file: string, golden: Uint8Array): Promise<CheckReport> {
  const expected = readGolden(golden, file);
  const { tensors } = await runGolden(device, expected, {});
  const groups = groupReports(compareTensors(expected, tensors)).map(({ group, worst, passed }) => ({
    group,
    error: Number.isFinite(worst.error) ? worst.error : null,
    allowed: worst.allowed,
    passed,
    worst: worst.name,
  }));
  return { kind, file, passed: groups.length > 0 && groups.every(({ passed }) => passed), groups };
}
