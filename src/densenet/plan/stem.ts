// The stem, forward and backward: its convolutions in their order, each read through the norm of the one before, and the
// pooling where there is one (../stems.ts).

import type { Region } from '../../runtime/program.ts';
import { gradientCorrect } from '../../shaders/gradient/correct.ts';
import { layoutToNchw } from '../../shaders/layout/to-nchw.ts';
import { backwardTiles, poolBackward } from '../../shaders/pool/backward.ts';
import { forwardTiles, poolForward } from '../../shaders/pool/forward.ts';
import type { Norm, StemLayer } from '../network.ts';
import type { PendingStatistics, PlanBuilder, TrainedBlock } from './builder.ts';
import * as convolution from './convolution.ts';
import { type FeatureMap, type Grid, poolSize } from './feature-map.ts';
import { correctionOf, finalizeStatistics, normBackward, pendingStatistics } from './norms.ts';
import type { TrainingMemory, WeightGradients } from './training-memory.ts';

/** Returns what the stem's convolutions wrote, where backward wants it kept. */
export function forward(plan: PlanBuilder, memory: TrainingMemory, first: TrainedBlock): readonly FeatureMap[] {
  const { layers, norm } = plan.network.stem;
  const out = first.features.rows(0, first.block.inputs);
  const outputs: FeatureMap[] = [];
  for (const [i, layer] of layers.entries()) {
    if (!layer.norm) {
      const from = inputOf(plan, memory, outputs, i);
      const pending = convolution.forward(plan, layer.conv, from, { out, grid: first.grid }, !first.isEvalMode);
      first.pendingStatistics = pendingStatistics(pending, 0);
      return outputs;
    }
    const { output, pending } = stemLayer(plan, memory, layer, outputs, i);
    finalizeStatistics(plan, layer.norm, output.grid, pending);
    outputs.push(output);
  }
  const last = outputs.at(-1);
  if (!norm || !last) return outputs;
  const size = poolSize(first.block.inputs, last.grid, first.grid);
  const pooled = first.isEvalMode
    ? undefined
    : convolution.partialsOf(plan, norm.channels, forwardTiles(size, plan.parametersOf(poolForward, size)));
  plan.pass(
    poolForward,
    size,
    { x: last.region, affine: plan.affine(norm), out, partials: pooled?.partials },
    { label: 'features.pool0', parameters: { HAS_STATISTICS: !first.isEvalMode } },
  );
  first.pendingStatistics = pendingStatistics(pooled, 0);
  return memory.recompute ? [] : outputs;
}

/** What the stem's i-th convolution reads: the image, or what the one before wrote, through its norm. */
function inputOf(
  plan: PlanBuilder,
  memory: TrainingMemory,
  outputs: readonly FeatureMap[],
  i: number,
): convolution.Input {
  const before = outputs[i - 1];
  if (!before) return { x: memory.image.region, grid: plan.inputGrid };
  return { x: before.region, grid: before.grid, norm: plan.network.stem.layers[i - 1]?.norm };
}

/** A convolution that a norm of the stem reads, with statistics: run again in backward under `recompute`, by the very same pass. */
function stemLayer(
  plan: PlanBuilder,
  memory: TrainingMemory,
  { conv, norm, map }: StemLayer,
  outputs: readonly FeatureMap[],
  i: number,
): { output: FeatureMap; pending: PendingStatistics | undefined } {
  const grid = plan.grid(map);
  const output = plan.featureMap(`${conv.name} output`, conv.outputs, grid, 'stem');
  const isRead = norm !== undefined && !plan.scope.isEvalMode(norm);
  const from = inputOf(plan, memory, outputs, i);
  return { output, pending: convolution.forward(plan, conv, from, { out: output.region, grid }, isRead) };
}

/** What the convolutions wrote, again. */
function recomputed(plan: PlanBuilder, memory: TrainingMemory): readonly FeatureMap[] {
  const outputs: FeatureMap[] = [];
  for (const [i, layer] of plan.network.stem.layers.entries()) {
    outputs.push(stemLayer(plan, memory, layer, outputs, i).output);
  }
  return outputs;
}

/**
 * @param kept what the convolutions wrote, where forward kept it
 * @param inputGradient where d loss / d input goes, NCHW; left out: not computed
 */
export function backward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  first: TrainedBlock,
  kept: readonly FeatureMap[],
  inputGradient: Region | undefined,
): void {
  const { conv, norm } = plan.network.stem;
  const incoming = convolution.deferred(first, 0, first.block.inputs);
  const dimage = inputGradient && plan.floatMap('image gradient', conv.inputs, plan.inputGrid, 'scratch');
  if (!norm) throughLayers(plan, memory, weights, kept, incoming, first.grid, dimage);
  else if (plan.scope.needsGradient(norm.beta)) {
    const arriving = memory.recompute ? corrected(plan, incoming, first.grid, norm.channels) : incoming;
    const outputs = kept.length > 0 ? kept : recomputed(plan, memory);
    const last = outputs.at(-1);
    if (!last) return;
    const own = throughPooling(plan, memory, weights, norm, arriving, first.grid, last);
    throughLayers(plan, memory, weights, outputs, own, last.grid, dimage);
  }
  if (dimage && inputGradient) plan.pass(layoutToNchw, plan.nchw, { x: dimage.region, out: inputGradient });
}

/** The gradient of what the last convolution wrote, and its norm's. */
function throughPooling(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  norm: Norm,
  { gradient, y, correction: arriving }: convolution.Deferred,
  pooled: Grid,
  output: FeatureMap,
): convolution.Deferred {
  const { grid } = output;
  const g = plan.floatMap(`${plan.network.stem.layers.at(-1)?.conv.name} gradient`, norm.channels, grid, 'scratch');
  const size = poolSize(norm.channels, grid, pooled);
  const sums = convolution.sumsOf(plan, norm, backwardTiles(size));
  plan.pass(
    poolBackward,
    size,
    {
      gradient,
      y,
      correction: arriving,
      x: output.region,
      affine: plan.affine(norm),
      out: g.region,
      sums: sums?.sums,
    },
    { label: 'features.pool0', parameters: { HAS_SUMS: sums !== undefined } },
  );
  const correction = correctionOf(plan, norm);
  normBackward(plan, memory, weights, norm, grid, sums, correction, 'first');
  return { gradient: g.region, y: output.region, correction, correctionFirst: 0 };
}

/** From what the last convolution wrote to the image. */
function throughLayers(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  outputs: readonly FeatureMap[],
  last: convolution.Deferred,
  lastGrid: Grid,
  dimage: FeatureMap | undefined,
): void {
  const { scope } = plan;
  let incoming = last;
  let grid = lastGrid;
  for (const [i, { conv }] of [...plan.network.stem.layers.entries()].toReversed()) {
    const from = inputOf(plan, memory, outputs, i);
    if (scope.requiresGradient(conv.weight)) weights.add(convolution.backwardWeight(plan, conv, incoming, grid, from));
    if (!from.norm) {
      if (dimage) convolution.backwardData(plan, conv, incoming, grid, { out: dimage.region, grid: from.grid });
      return;
    }
    if (!scope.needsInputGradient(conv.weight)) return;
    const g = plan.floatMap(`${conv.name} input gradient`, conv.inputs, from.grid, 'scratch');
    const sums = convolution.backwardData(plan, conv, incoming, grid, { ...from, out: g.region });
    const correction = correctionOf(plan, from.norm);
    normBackward(plan, memory, weights, from.norm, from.grid, sums, correction, 'first');
    incoming = { gradient: g.region, y: from.x, correction, correctionFirst: 0 };
    grid = from.grid;
  }
}

/**
 * A deferred gradient made final, so that its block's buffers are free before the stem's are computed again. Its own
 * correction is zero then, and changes no bit.
 */
function corrected(plan: PlanBuilder, from: convolution.Deferred, grid: Grid, channels: number): convolution.Deferred {
  const out = plan.floatMap('pooled stem gradient', channels, grid, 'scratch').region;
  const { columns, stride } = grid;
  const { gradient, y, correction } = from;
  plan.pass(
    gradientCorrect,
    { channels, columns, stride },
    { gradient, y, correction, out },
    { label: 'features.pool0' },
  );
  return { gradient: out, y: out, correction: plan.noCorrection(channels), correctionFirst: 0 };
}
