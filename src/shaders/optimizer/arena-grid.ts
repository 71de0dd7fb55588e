// How the optimizers spread over an arena: one invocation a vector of four floats, rows of workgroups on two axes, since
// an axis holds at most 65,535.

import { ceilDiv, type Grid } from '../../runtime/kernel.ts';

export const ARENA_WORKGROUP = 256;
const LARGEST_ROW = 32768;

/** Workgroups for an arena of `count` floats; the last row may be longer than the arena. */
export function arenaGrid(count: number, largestRow = LARGEST_ROW): Grid {
  const workgroups = ceilDiv(count / 4, ARENA_WORKGROUP);
  return [Math.min(workgroups, largestRow), ceilDiv(workgroups, largestRow), 1];
}
