// The check of every kernel that has tiles to choose from, by the kernel's id.

import type { AnyTileCheck } from './check-kernel.ts';
import * as conv1x1 from './conv1x1/checks.ts';
import * as conv3x3 from './conv3x3/checks.ts';
import * as stem from './stem/checks.ts';

const all: readonly AnyTileCheck[] = [conv1x1, conv3x3, stem].flatMap(
  ({ forwardCheck, backwardDataCheck, backwardWeightCheck }): readonly AnyTileCheck[] => [
    forwardCheck,
    backwardDataCheck,
    backwardWeightCheck,
  ],
);

export const kernelChecks: ReadonlyMap<string, AnyTileCheck> = new Map(all.map((check) => [check.kernel.id, check]));
