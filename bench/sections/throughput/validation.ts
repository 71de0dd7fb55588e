// Right before fast: what this GPU computes is held against PyTorch's numbers, forward, backward and update, on two networks
// of the kind that is to be timed. One is small and awkward; one has the paper's maps and growth, for their tiles.

import { compareTensors, groupReports } from '../../../src/densenet/golden/compare.ts';
import { readGolden } from '../../../src/densenet/golden/golden.ts';
import { runGolden } from '../../../src/densenet/golden/run.ts';
import type { Precision } from '../../../src/densenet/plan/precision.ts';
import { PRESETS } from '../../../src/densenet/presets.ts';
import type { Device } from '../../../src/runtime/device.ts';
import type { Mode, Workload } from '../../workloads.ts';

/** Networks that differ in their kernels: with the ImageNet stem, with bottlenecks, and plain. */
export type NetworkKind = 'imagenet' | 'bottleneck' | 'plain';

/** Files of tests/golden. */
export const GOLDENS: Readonly<Record<NetworkKind, readonly string[]>> = {
  imagenet: ['imagenet-odd.safetensors', 'paper-maps-imagenet.safetensors'],
  bottleneck: ['bc-nothing-aligned.safetensors', 'paper-maps-bottleneck.safetensors'],
  plain: ['plain-narrow-one-image.safetensors', 'paper-maps-plain.safetensors'],
};

export function kindOf({ model }: Pick<Workload, 'model'>): NetworkKind {
  const { stem, bottleneckWidth } = PRESETS[model];
  if (stem === 'imagenet') return 'imagenet';
  return bottleneckWidth > 0 ? 'bottleneck' : 'plain';
}

/** The worst tensor of a group: its relative L2 error (null where it is not a number), and what is allowed. */
export type CheckGroup = {
  readonly group: string;
  readonly worst: string;
  readonly error: number | null;
  readonly allowed: number;
  readonly passed: boolean;
};

export type CheckReport = {
  readonly kind: NetworkKind;
  readonly precision: Precision;
  readonly file: string;
  readonly passed: boolean;
  readonly groups: readonly CheckGroup[];
  /** Distinct kernel variants that it ran. */
  readonly variants: number;
};

/**
 * Also names the kernel variants that ran.
 * @throws DataError where `golden` is no golden file; GpuError, DeviceLostError
 */
export async function checkDevice(
  device: Device,
  { kind, precision, file }: Pick<CheckReport, 'kind' | 'precision' | 'file'>,
  golden: Uint8Array,
): Promise<{ report: CheckReport; variants: readonly string[] }> {
  const expected = readGolden(golden, file);
  const { tensors, variants } = await runGolden(device, expected, { precision });
  const groups = groupReports(compareTensors(expected, tensors, precision)).map(
    ({ group, worst, passed }): CheckGroup => ({
      group,
      worst: worst.name,
      error: Number.isFinite(worst.error) ? worst.error : null,
      allowed: worst.allowed,
      passed,
    }),
  );
  const passed = groups.length > 0 && groups.every((group) => group.passed);
  return { report: { kind, precision, file, passed, groups, variants: variants.length }, variants };
}

/** What of a check a mode rests on and is wrong: inference needs logits, training everything. */
export const wrongGroup = ({ groups }: CheckReport, mode: Mode): CheckGroup | undefined =>
  groups.find(({ group, passed }) => !passed && (mode === 'training' || group === 'eval.logits'));
