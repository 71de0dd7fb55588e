// The kernels that have tiles to choose from: those whose text decides what an autotuned record is of. kernel-checks.ts has the
// check of each; a test compares the two.

import type { AnyKernel } from '../runtime/kernel.ts';
import { conv1x1BackwardData } from './conv1x1/backward-data.ts';
import { conv1x1BackwardWeight } from './conv1x1/backward-weight.ts';
import { conv1x1Forward } from './conv1x1/forward.ts';
import { conv3x3BackwardData } from './conv3x3/backward-data.ts';
import { conv3x3BackwardWeight } from './conv3x3/backward-weight.ts';
import { conv3x3Forward } from './conv3x3/forward.ts';
import { stemBackwardData } from './stem/backward-data.ts';
import { stemBackwardWeight } from './stem/backward-weight.ts';
import { stemForward } from './stem/forward.ts';

/* @__NO_SIDE_EFFECTS__ */
export const tiledKernels = (): readonly AnyKernel[] => [
  conv1x1Forward,
  conv1x1BackwardData,
  conv1x1BackwardWeight,
  conv3x3Forward,
  conv3x3BackwardData,
  conv3x3BackwardWeight,
  stemForward,
  stemBackwardData,
  stemBackwardWeight,
];
