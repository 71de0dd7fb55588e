// The stem, forward and backward: one 3x3 convolution (CIFAR), or a 7x7 convolution, its norm and max pooling (ImageNet).

import type { Region } from '../../runtime/program.ts';
import { gradientCorrect } from '../../shaders/gradient/correct.ts';
import { layoutToNchw } from '../../shaders/layout/to-nchw.ts';
import { backwardTiles, poolBackward } from '../../shaders/pool/backward.ts';
import { forwardTiles, poolForward } from '../../shaders/pool/forward.ts';
import { stemBackwardData } from '../../shaders/stem/backward-data.ts';
import { stemBackwardWeight } from '../../shaders/stem/backward-weight.ts';
import { stemForward, forwardTiles as stemTiles } from '../../shaders/stem/forward.ts';
import type { PendingStatistics, PlanBuilder } from './builder.ts';
import { type Deferred, data3x3, deferred, sumsOf, weight3x3 } from './convolution-gradients.ts';
import { conv3x3, partialsOf } from './convolutions.ts';
import type { FeatureMap, Grid } from './feature-map.ts';
import { correctionOf, finalizeStatistics, normBackward, pendingStatistics } from './norms.ts';
import { poolSize, stemSize } from './sizes.ts';
import type { TrainedBlock, TrainingMemory } from './training-memory.ts';
import type { WeightGradients } from './weight-gradients.ts';

/** Returns the ImageNet stem's convolution's output, where backward wants it kept. */
export function forward(plan: PlanBuilder, memory: TrainingMemory, first: TrainedBlock): FeatureMap | undefined {
  const { stem } = plan.network;
  const out = first.features.rows(0, first.block.inputs);
  const image = memory.image.region;
  if (stem.kind === 'cifar') {
    first.pendingStatistics = pendingStatistics(
      conv3x3(plan, stem.conv, image, undefined, out, first.grid, !first.isEvalMode),
      0,
    );
    return undefined;
  }
  const grid = plan.grid(stem.map);
  const { output, pending } = convolution(plan, memory, grid);
  finalizeStatistics(plan, stem.norm, grid, pending);
  const size = poolSize(first.block.inputs, grid, first.grid);
  const pooled = first.isEvalMode
    ? undefined
    : partialsOf(plan, stem.conv, forwardTiles(size, plan.parametersOf(poolForward, size)));
  plan.pass(
    poolForward,
    size,
    { x: output.region, affine: plan.affine(stem.norm), out, partials: pooled?.partials },
    { label: 'features.pool0', parameters: { HAS_STATISTICS: !first.isEvalMode } },
  );
  first.pendingStatistics = pendingStatistics(pooled, 0);
  return memory.recompute ? undefined : output;
}

/** The ImageNet stem's convolution, with statistics: run again in backward under `recompute`, by the very same pass. */
function convolution(
  plan: PlanBuilder,
  memory: TrainingMemory,
  grid: Grid,
): { output: FeatureMap; pending: PendingStatistics | undefined } {
  const { stem } = plan.network;
  const { conv } = stem;
  const output = plan.featureMap('features.conv0 output', conv.outputs, grid, 'stem');
  const size = stemSize(conv, plan.inputGrid, grid);
  const HAS_STATISTICS = stem.kind === 'imagenet' && !plan.scope.isEvalMode(stem.norm);
  const decided = { HAS_STATISTICS, BLOCKED_SUM: true };
  const tiles = stemTiles(size, plan.parametersOf(stemForward, size, decided));
  const pending = HAS_STATISTICS ? partialsOf(plan, conv, tiles) : undefined;
  plan.pass(
    stemForward,
    size,
    { weight: plan.packedForward(conv), x: memory.image.region, out: output.region, partials: pending?.partials },
    { label: conv.name, parameters: decided },
  );
  return { output, pending };
}

/**
 * @param kept the stem convolution's output, where forward kept it
 * @param inputGradient where d loss / d input goes, NCHW; left out: not computed
 */
export function backward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  first: TrainedBlock,
  kept: FeatureMap | undefined,
  inputGradient: Region | undefined,
): void {
  const { stem } = plan.network;
  const { inputs, outputs } = stem.conv;
  const incoming = deferred(first, 0, outputs);
  const image = memory.image.region;
  const dimage = inputGradient && plan.floatMap('image gradient', inputs, plan.inputGrid, 'scratch');
  if (stem.kind === 'cifar') {
    if (plan.scope.requiresGradient(stem.conv.weight))
      weights.add(weight3x3(plan, stem.conv, incoming, image, undefined, first.grid));
    if (dimage) data3x3(plan, stem.conv, incoming, first.grid, { out: dimage.region });
  } else if (plan.scope.needsGradient(stem.norm.beta)) {
    const grid = plan.grid(stem.map);
    const arriving = memory.recompute ? corrected(plan, incoming, first.grid, outputs) : incoming;
    const output = kept ?? convolution(plan, memory, grid).output;
    const g = plan.floatMap('features.conv0 gradient', outputs, grid, 'scratch');
    const pool = poolSize(outputs, grid, first.grid);
    const sums = sumsOf(plan, stem.norm, backwardTiles(pool));
    plan.pass(
      poolBackward,
      pool,
      {
        gradient: arriving.gradient,
        y: arriving.y,
        correction: arriving.correction,
        x: output.region,
        affine: plan.affine(stem.norm),
        out: g.region,
        sums: sums?.sums,
      },
      { label: 'features.pool0', parameters: { HAS_SUMS: sums !== undefined } },
    );
    const correction = correctionOf(plan, stem.norm);
    normBackward(plan, memory, stem.norm, grid, sums, correction, 'first');
    const size = stemSize(stem.conv, plan.inputGrid, grid);
    const from = { gradient: g.region, y: output.region, correction };
    if (plan.scope.requiresGradient(stem.conv.weight)) {
      const cut = plan.splitSize(stemBackwardWeight, size);
      const { splitK } = cut;
      const partials = plan.scratch('partial gradients', splitK * stem.conv.weight.count * 4);
      plan.pass(stemBackwardWeight, cut, { ...from, x: image, partials }, { label: stem.conv.name });
      weights.add({ conv: stem.conv, partials, splitK });
    }
    if (dimage) {
      const weight = plan.parameter(stem.conv.weight);
      plan.pass(stemBackwardData, size, { weight, ...from, out: dimage.region }, { label: stem.conv.name });
    }
  }
  if (dimage && inputGradient) plan.pass(layoutToNchw, plan.nchw, { x: dimage.region, out: inputGradient });
}

/**
 * A deferred gradient made final, so that its block's buffers are free before the stem's are computed again. Its own
 * correction is zero then, and changes no bit.
 */
function corrected(plan: PlanBuilder, from: Deferred, grid: Grid, channels: number): Deferred {
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
