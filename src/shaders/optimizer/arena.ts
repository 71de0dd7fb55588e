// An arena (all parameters, gradients or moments as one buffer), and how the optimizers spread over it: one invocation per
// vector of four floats, rows of workgroups on two axes, since an axis holds at most 65,535.

import { ceilDiv, type Grid } from '../../runtime/kernel.ts';

export interface ArenaSize {
  /** Floats of the arena, a multiple of 4. */
  readonly count: number;
}

/** Floats of an entry of a table that belongs to an arena: every parameter begins at a multiple of it. */
export const ARENA_BLOCK = 64;

/** Floats of `clip`: the factor and the norm and, with parameter groups, a pair of multipliers per block of the arena. */
export const clipFloats = ({ count }: ArenaSize, isGrouped: boolean): number =>
  2 + (isGrouped ? 2 * (count / ARENA_BLOCK) : 0);

export const ARENA_WORKGROUP = 256;
// 65,535 such rows reach 2^32 floats; short, so that small tests have several.
const ROW = 256;

/** Workgroups of so many threads for an arena of `count` floats; the last row may be longer than what is left of it. */
export function arenaGrid({ count }: ArenaSize, { WORKGROUP }: { readonly WORKGROUP: number }): Grid {
  const workgroups = ceilDiv(count / 4, WORKGROUP);
  return [Math.min(workgroups, ROW), ceilDiv(workgroups, ROW), 1];
}
