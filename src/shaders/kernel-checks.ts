// The check of every kernel that has tiles to choose from, by the kernel's id.

import type { AnyTileCheck } from './check-kernel.ts';
import {
  backwardDataCheck as conv1x1BackwardData,
  backwardWeightCheck as conv1x1BackwardWeight,
  forwardCheck as conv1x1Forward,
} from './conv1x1/checks.ts';
import {
  backwardDataCheck as conv3x3BackwardData,
  backwardWeightCheck as conv3x3BackwardWeight,
  forwardCheck as conv3x3Forward,
} from './conv3x3/checks.ts';
import {
  backwardDataCheck as stemBackwardData,
  backwardWeightCheck as stemBackwardWeight,
  forwardCheck as stemForward,
} from './stem/checks.ts';

/* @__NO_SIDE_EFFECTS__ */
const byKernel = (...checks: readonly AnyTileCheck[]): ReadonlyMap<string, AnyTileCheck> =>
  new Map(checks.map((check) => [check.kernel.id, check]));

// Marked so that a page which does not autotune has none of them, nor their references.
export const kernelChecks = byKernel(
  conv1x1Forward,
  conv1x1BackwardData,
  conv1x1BackwardWeight,
  conv3x3Forward,
  conv3x3BackwardData,
  conv3x3BackwardWeight,
  stemForward,
  stemBackwardData,
  stemBackwardWeight,
);
