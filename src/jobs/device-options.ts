// What a job's device is asked for beyond what every plan needs. The shaders with subgroup matrices are loaded only for those
// who ask for them.

import type { Precision } from '../densenet/plan/feature-map.ts';
import type { DeviceOptions } from '../runtime/device.ts';

/** For a plan of this precision. */
export const optionsFor = (precision: Precision | undefined): Promise<Pick<DeviceOptions, 'experimental'>> =>
  matrixOptions(precision === 'f16-matrix');

/** @param wanted whether subgroup matrices are tried */
export async function matrixOptions(wanted: boolean): Promise<Pick<DeviceOptions, 'experimental'>> {
  if (!wanted) return {};
  const { subgroupMatrices } = await import('../shaders/subgroup-matrices.ts');
  return { experimental: { subgroupMatrix: subgroupMatrices } };
}
