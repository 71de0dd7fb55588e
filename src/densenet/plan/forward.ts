// The training forward pass, layer by layer: batch statistics are made by whoever writes a channel and finalised by its
// next reader (of norms in evaluation mode neither: their maps are loaded before); BN-ReLU is the prologue of the
// convolution that reads. Its twin in backward.ts has the same functions; the stem's are in stem.ts.

import type { Region } from '../../runtime/program.ts';
import { headLinear } from '../../shaders/head/linear.ts';
import { headPool } from '../../shaders/head/pool.ts';
import type { BottleneckLayer, DenseLayer, Transition } from '../network.ts';
import type { BlockMemory, PendingStatistics, PlanBuilder } from './builder.ts';
import * as convolution from './convolution.ts';
import { poolTransition } from './evaluation.ts';
import type { FeatureMap, Grid } from './feature-map.ts';
import { finalizePrefixStatistics, finalizeStatistics, pendingStatistics } from './norms.ts';
import { headSize } from './sizes.ts';
import type { TrainedBlock, TrainingMemory } from './training-memory.ts';

export function denseLayer(plan: PlanBuilder, memory: TrainingMemory, block: TrainedBlock, layer: DenseLayer): void {
  const input = block.features.rows(0, layer.inputs); // the concatenation: a prefix, not a copy
  const { grid } = block;
  const to = { out: block.features.rows(layer.inputs, layer.growthRate), grid };
  finalizePrefixStatistics(plan, block, layer.norm1);
  if (layer.kind === 'plain') {
    const pending = convolution.forward(
      plan,
      layer.conv1,
      { x: input, grid, norm: layer.norm1 },
      to,
      !block.isEvalMode,
    );
    block.pendingStatistics = pendingStatistics(pending, layer.inputs);
    return;
  }
  const { output: bottleneckOutput, pending } = bottleneck(plan, memory, block, layer);
  finalizeStatistics(plan, layer.norm2, block.grid, pending);
  const from = { x: bottleneckOutput.region, grid, norm: layer.norm2 };
  const last = convolution.forward(plan, layer.conv2, from, to, !block.isEvalMode);
  block.pendingStatistics = pendingStatistics(last, layer.inputs);
}

/** A bottleneck's 1x1 convolution, with statistics: run again in backward under `recompute`, by the very same pass. */
export function bottleneck(
  plan: PlanBuilder,
  memory: TrainingMemory,
  { features, grid }: TrainedBlock,
  layer: BottleneckLayer,
): { output: FeatureMap; pending: PendingStatistics | undefined } {
  const output = memory.bottleneck(layer, grid);
  const input = features.rows(0, layer.inputs);
  const isRead = !plan.scope.isEvalMode(layer.norm2);
  const from = { x: input, grid, norm: layer.norm1 };
  const pending = convolution.forward(plan, layer.conv1, from, { out: output.region, grid }, isRead);
  return { output, pending };
}

/** Pooling first: it commutes with the convolution, which then does a quarter of the work. */
export function transition(plan: PlanBuilder, from: TrainedBlock, to: TrainedBlock, transition: Transition): void {
  finalizePrefixStatistics(plan, from, transition.norm);
  enter(plan, from, to, transition);
}

/** Into a block that is trained, out of one whose norm has its affine map. */
export function enter(plan: PlanBuilder, from: BlockMemory, to: TrainedBlock, { norm, conv }: Transition): void {
  // Cheaper to compute again in backward than to keep.
  const pooled = poolTransition(plan, from, to.grid, norm);
  const { grid } = to;
  const output = { out: to.features.rows(0, conv.outputs), grid };
  const pending = convolution.forward(plan, conv, { x: pooled.region, grid }, output, !to.isEvalMode);
  to.pendingStatistics = pendingStatistics(pending, 0);
}

export function head(plan: PlanBuilder, memory: TrainingMemory, last: TrainedBlock, logits: Region): void {
  const { norm5 } = plan.network;
  finalizePrefixStatistics(plan, last, norm5);
  classify(plan, last, memory.pooled, logits);
}

/** Global average pooling of BN-ReLU, and the classifier: the same in training and inference. */
export function classify(
  plan: PlanBuilder,
  last: { features: FeatureMap; grid: Grid },
  pooled: Region,
  logits: Region,
): void {
  const { norm5, classifier } = plan.network;
  const { map, stride } = last.grid;
  plan.pass(
    headPool,
    { channels: norm5.channels, images: plan.batch, area: map.height * map.width, stride },
    { x: last.features.region, affine: plan.affine(norm5), out: pooled },
    { label: norm5.name },
  );
  plan.pass(
    headLinear,
    headSize(norm5.channels, plan.network, plan.batch),
    { weight: plan.parameter(classifier.weight), bias: plan.parameter(classifier.bias), pooled, out: logits },
    { label: 'classifier' },
  );
}
