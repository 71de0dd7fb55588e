// The trial of every kernel that has tiles to choose from, by the kernel's id.

import {
  backwardDataTrial as conv1x1BackwardData,
  backwardWeightTrial as conv1x1BackwardWeight,
  forwardTrial as conv1x1Forward,
} from '../conv1x1/trials.ts';
import {
  backwardDataTrial as conv3x3BackwardData,
  backwardWeightTrial as conv3x3BackwardWeight,
  forwardTrial as conv3x3Forward,
} from '../conv3x3/trials.ts';
import {
  backwardDataTrial as stemBackwardData,
  backwardWeightTrial as stemBackwardWeight,
  forwardTrial as stemForward,
} from '../stem/trials.ts';
import type { AnyTrial } from './trial.ts';

const all: readonly unknown[] = [
  ...[conv1x1Forward, conv1x1BackwardData, conv1x1BackwardWeight],
  ...[conv3x3Forward, conv3x3BackwardData, conv3x3BackwardWeight],
  ...[stemForward, stemBackwardData, stemBackwardWeight],
];

// A trial is only ever given sizes of its own kernel.
export const trials: ReadonlyMap<string, AnyTrial> = new Map(
  (all as AnyTrial[]).map((trial) => [trial.kernel.id, trial]),
);
