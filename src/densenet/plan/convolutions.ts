// A convolution in the training forward pass: BN-ReLU of its norm is its prologue, and it leaves statistics of what it
// writes where a norm will ask for them. Its twin is convolution-gradients.ts.

import type { Region } from '../../runtime/program.ts';
import { conv1x1Forward, forwardTiles as tiles1x1 } from '../../shaders/conv1x1/forward.ts';
import { conv3x3Forward, forwardTiles as tiles3x3 } from '../../shaders/conv3x3/forward.ts';
import type { Convolution, Norm } from '../network.ts';
import { blockedSum1x1, blockedSum3x3 } from './blocked-sums.ts';
import type { PendingStatistics, PlanBuilder } from './builder.ts';
import type { Grid } from './feature-map.ts';
import { conv1x1Size, conv3x3Size } from './sizes.ts';

/** Bytes of one partial: count, mean, M2 and nothing, float32. */
const PARTIAL = 16;

/** Room for the statistics of what a convolution writes. */
export const partialsOf = (plan: PlanBuilder, conv: { outputs: number }, tiles: number): PendingStatistics => ({
  partials: plan.scratch('partial statistics', conv.outputs * tiles * PARTIAL),
  tiles,
});

/** What a forward convolution reads. */
export const bindingsOf = (plan: PlanBuilder, conv: Convolution, x: Region, norm: Norm | undefined) => ({
  weight: plan.packedForward(conv),
  x,
  affine: norm && plan.affine(norm),
});

export function conv1x1(
  plan: PlanBuilder,
  conv: Convolution,
  x: Region,
  norm: Norm | undefined,
  out: Region,
  grid: Grid,
  HAS_STATISTICS: boolean,
): PendingStatistics | undefined {
  const size = conv1x1Size(conv, grid, plan.dropout(conv));
  const blocked = blockedSum1x1(size, plan.parametersOf(conv1x1Forward, size));
  const decided = { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS, ...blocked };
  const tiles = tiles1x1(size, plan.parametersOf(conv1x1Forward, size, decided));
  const pending = HAS_STATISTICS ? partialsOf(plan, conv, tiles) : undefined;
  plan.pass(
    conv1x1Forward,
    size,
    { ...bindingsOf(plan, conv, x, norm), out, partials: pending?.partials, step: plan.step },
    { label: conv.name, parameters: decided },
  );
  return pending;
}

export function conv3x3(
  plan: PlanBuilder,
  conv: Convolution,
  x: Region,
  norm: Norm | undefined,
  out: Region,
  grid: Grid,
  HAS_STATISTICS: boolean,
): PendingStatistics | undefined {
  const size = conv3x3Size(conv, grid, plan.dropout(conv));
  const blocked = blockedSum3x3(size, plan.parametersOf(conv3x3Forward, size));
  const decided = { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS, ...blocked };
  const tiles = tiles3x3(size, plan.parametersOf(conv3x3Forward, size, decided));
  const pending = HAS_STATISTICS ? partialsOf(plan, conv, tiles) : undefined;
  plan.pass(
    conv3x3Forward,
    size,
    { ...bindingsOf(plan, conv, x, norm), out, partials: pending?.partials, step: plan.step },
    { label: conv.name, parameters: decided },
  );
  return pending;
}
