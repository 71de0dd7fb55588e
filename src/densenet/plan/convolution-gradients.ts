// A convolution's two gradients as passes: with respect to what it read, and to its weight in splits. What arrives is
// deferred: the passes correct it in their prologue. backward.ts says where the results go.

import type { Region } from '../../runtime/program.ts';
import { conv1x1BackwardData, backwardDataTiles as data1x1Tiles } from '../../shaders/conv1x1/backward-data.ts';
import { conv1x1BackwardWeight } from '../../shaders/conv1x1/backward-weight.ts';
import { conv3x3BackwardData, backwardDataTiles as data3x3Tiles } from '../../shaders/conv3x3/backward-data.ts';
import { conv3x3BackwardWeight } from '../../shaders/conv3x3/backward-weight.ts';
import type { Convolution, Norm } from '../network.ts';
import type { PlanBuilder } from './builder.ts';
import type { Grid } from './feature-map.ts';
import { conv1x1Size, conv3x3Size } from './sizes.ts';
import type { TrainedBlock } from './training-memory.ts';

/** Bytes of one sum: of g, and of g * (x - mean), float32. */
const SUM = 8;

/** A gradient that still wants its correction, with the forward values it belongs to. */
export interface Deferred {
  readonly gradient: Region;
  readonly y: Region;
  readonly correction: Region;
  /** Place of the first channel in `correction`. */
  readonly correctionFirst: number;
}

/** The gradient of channels [first, first + count) of a block, once all their readers have added. */
export const deferred = (block: TrainedBlock, first: number, count: number): Deferred => ({
  gradient: block.gradient.rows(first, count),
  y: block.features.rows(first, count),
  correction: block.correction,
  correctionFirst: first,
});

export interface Sums {
  readonly sums: Region;
  readonly tiles: number;
}

/** The partial gradient of one weight, not yet summed. */
export interface Partial {
  readonly conv: Convolution;
  readonly partials: Region;
  readonly splitK: number;
}

/** Undefined for a norm in evaluation mode, whose backward needs none. */
export const sumsOf = (plan: PlanBuilder, norm: Norm, tiles: number): Sums | undefined =>
  plan.scope.isEvalMode(norm) ? undefined : { sums: plan.scratch('partial sums', norm.channels * tiles * SUM), tiles };

export function data1x1(
  plan: PlanBuilder,
  conv: Convolution,
  { gradient, y, correction }: Deferred,
  grid: Grid,
  out: Region,
  reader: { x: Region; norm: Norm } | undefined,
): Sums | undefined {
  const size = conv1x1Size(conv, grid, plan.dropout(conv));
  const HAS_SUMS = reader !== undefined && !plan.scope.isEvalMode(reader.norm);
  const decided = { HAS_NORM: reader !== undefined, HAS_SUMS };
  const tiles = data1x1Tiles(size, plan.parametersOf(conv1x1BackwardData, size, decided));
  const sums = reader && sumsOf(plan, reader.norm, tiles);
  plan.pass(
    conv1x1BackwardData,
    size,
    {
      weight: plan.packedBackward(conv),
      gradient,
      y,
      correction,
      x: reader?.x,
      affine: reader && plan.affine(reader.norm),
      out,
      sums: sums?.sums,
      step: plan.step,
    },
    { label: conv.name, parameters: decided },
  );
  return sums;
}

export function weight1x1(
  plan: PlanBuilder,
  conv: Convolution,
  { gradient, y, correction }: Deferred,
  x: Region,
  norm: Norm | undefined,
  grid: Grid,
): Partial {
  const product = conv1x1Size(conv, grid, plan.dropout(conv));
  const size = plan.splitSize(conv1x1BackwardWeight, product);
  const { splitK } = size;
  const partials = plan.scratch('partial gradients', splitK * conv.weight.count * 4);
  plan.pass(
    conv1x1BackwardWeight,
    size,
    { gradient, y, correction, x, affine: norm && plan.affine(norm), partials, step: plan.step },
    { label: conv.name, parameters: { HAS_PROLOGUE: norm !== undefined } },
  );
  return { conv, partials, splitK };
}

/** Where a 3x3 convolution's input gradient goes: through a norm (added to its block, or stored), or as it is. */
type Target =
  | { readonly x: Region; readonly norm: Norm; readonly out: Region; readonly adds: boolean }
  | { readonly out: Region; readonly norm?: undefined };

export function data3x3(
  plan: PlanBuilder,
  conv: Convolution,
  from: Deferred,
  grid: Grid,
  target: Target,
): Sums | undefined {
  const size = { ...conv3x3Size(conv, grid, plan.dropout(conv)), correctionFirst: from.correctionFirst };
  const EPILOGUE = target.norm === undefined ? 0 : target.adds ? 2 : 1;
  const HAS_SUMS = target.norm !== undefined && !plan.scope.isEvalMode(target.norm);
  const decided = { EPILOGUE, HAS_SUMS };
  const tiles = data3x3Tiles(size, plan.parametersOf(conv3x3BackwardData, size, decided));
  const sums = target.norm && sumsOf(plan, target.norm, tiles);
  plan.pass(
    conv3x3BackwardData,
    size,
    {
      weight: plan.packedBackward(conv),
      gradient: from.gradient,
      y: from.y,
      correction: from.correction,
      x: target.norm && target.x,
      affine: target.norm && plan.affine(target.norm),
      out: target.out,
      sums: sums?.sums,
      step: plan.step,
    },
    { label: conv.name, parameters: decided },
  );
  return sums;
}

export function weight3x3(
  plan: PlanBuilder,
  conv: Convolution,
  from: Deferred,
  x: Region,
  norm: Norm | undefined,
  grid: Grid,
): Partial {
  const product = { ...conv3x3Size(conv, grid, plan.dropout(conv)), correctionFirst: from.correctionFirst };
  const size = plan.splitSize(conv3x3BackwardWeight, product);
  const { splitK } = size;
  const partials = plan.scratch('partial gradients', splitK * conv.weight.count * 4);
  plan.pass(
    conv3x3BackwardWeight,
    size,
    {
      gradient: from.gradient,
      y: from.y,
      correction: from.correction,
      x,
      affine: norm && plan.affine(norm),
      partials,
      step: plan.step,
    },
    { label: conv.name, parameters: { HAS_PROLOGUE: norm !== undefined } },
  );
  return { conv, partials, splitK };
}
