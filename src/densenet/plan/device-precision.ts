// What of a precision a device must have: refused before anything is allocated.

import type { Device } from '../../runtime/device.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { PORTABLE_PRECISIONS, type Precision } from './feature-map.ts';

/** @throws ConfigError where the device lacks what the precision needs: what that is, and what it offers instead */
export function checkPrecision({ subgroupMatrix: use }: Device, precision: Precision): void {
  if (precision !== 'f16-matrix' || (use.tried && use.f16)) return;
  const why = use.tried ? use.listed : use.why;
  const offered = PORTABLE_PRECISIONS.map((name) => `'${name}'`).join(' or ');
  throw new ConfigError(
    'precision',
    precision,
    'needs a device opened with experimental: { subgroupMatrix: subgroupMatrices }, and an adapter with shader-f16, subgroups and ' +
      `subgroup matrices of f16 with float32 sums; this device has none (${why}): use ${offered}`,
  );
}
