// The backward pass, from the network's end: twins of forward.ts's functions. Every reader of a channel adds its share
// to the block's gradient buffer and two scalars per channel; the pass that consumes the channel's gradient corrects it
// once (the deferred backward of batch norm). Weight gradients are left as partial sums (`WeightGradients`). What nobody
// asked for is not recorded: the plan's scope knows.

import type { Region } from '../../runtime/program.ts';
import { headBackwardData } from '../../shaders/head/backward-data.ts';
import { headBackwardWeight } from '../../shaders/head/backward-weight.ts';
import { headPoolBackward, poolBackwardTiles as headTiles } from '../../shaders/head/pool-backward.ts';
import {
  transitionPoolBackward,
  poolBackwardTiles as transitionTiles,
} from '../../shaders/transition/pool-backward.ts';
import { type DenseLayer, lastConvolution, type Transition } from '../network.ts';
import type { PlanBuilder, TrainedBlock } from './builder.ts';
import { backwardData, backwardWeight, type Deferred, deferred, sumsOf } from './convolution.ts';
import { poolTransition } from './evaluation.ts';
import { type FeatureMap, headSize, poolSize } from './feature-map.ts';
import { bottleneck } from './forward.ts';
import { correctionOf, normBackward } from './norms.ts';
import * as stem from './stem.ts';
import { type TrainingMemory, WeightGradients } from './training-memory.ts';

/**
 * From the logits' gradient as far back as the plan's scope reaches.
 * @param kept what the stem's convolutions wrote, where forward kept it
 * @param inputGradient where the input's gradient goes, NCHW; left out: not computed
 */
export function recordBackward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  kept: readonly FeatureMap[],
  inputGradient: Region | undefined,
): void {
  const { frozen, blocks } = memory;
  const last = blocks.at(-1);
  const [first] = blocks;
  if (!first || !last) {
    classifier(plan, memory);
    return;
  }
  const sums = new WeightGradients(plan, memory);
  head(plan, memory, sums, last);
  for (const [b, block] of [...blocks.entries()].toReversed()) {
    for (const layer of block.block.layers.toReversed()) denseLayer(plan, memory, sums, block, layer);
    const before = blocks[b - 1];
    if (before?.block.transition) transition(plan, memory, sums, before, block, before.block.transition);
  }
  if (frozen.length === 0) stem.backward(plan, memory, sums, first, kept, inputGradient);
  sums.sum();
}

/** The classifier's own gradients: all that there are where it is trained alone. */
export function classifier(plan: PlanBuilder, memory: TrainingMemory): void {
  const { norm5, classifier } = plan.network;
  const { scope } = plan;
  if (!scope.requiresGradient(classifier.weight) && !scope.requiresGradient(classifier.bias)) return;
  plan.pass(
    headBackwardWeight,
    headSize(norm5.channels, plan.network, plan.batch),
    {
      dlogits: memory.dlogits,
      pooled: memory.pooled,
      weightGradient: memory.gradientOf(classifier.weight),
      biasGradient: memory.gradientOf(classifier.bias),
      step: plan.step,
    },
    { label: 'classifier' },
  );
}

export function head(plan: PlanBuilder, memory: TrainingMemory, weights: WeightGradients, last: TrainedBlock): void {
  const { norm5, classifier: linear } = plan.network;
  if (!plan.scope.needsInputGradient(linear.weight)) {
    classifier(plan, memory);
    return;
  }
  const { map, stride } = last.grid;
  const size = headSize(norm5.channels, plan.network, plan.batch);
  const dpooled = plan.scratch('pooled gradient', norm5.channels * plan.batch * 4);
  plan.pass(
    headBackwardData,
    size,
    { weight: plan.parameter(linear.weight), dlogits: memory.dlogits, out: dpooled },
    { label: 'classifier' },
  );
  // Here it runs beside the pooling; ahead of the pass before, its input's memory would have become that one's output.
  classifier(plan, memory);
  const pool = { channels: norm5.channels, images: plan.batch, area: map.height * map.width, stride };
  const sums = sumsOf(plan, norm5, headTiles(pool));
  plan.pass(
    headPoolBackward,
    pool,
    {
      dpooled,
      x: last.features.region,
      affine: plan.affine(norm5),
      out: last.gradient.region,
      sums: sums?.sums,
    },
    { label: norm5.name, parameters: { HAS_SUMS: sums !== undefined } },
  );
  normBackward(plan, memory, weights, norm5, last.grid, sums, last.correction, 'first');
}

export function transition(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  from: TrainedBlock,
  to: TrainedBlock,
  { norm, conv }: Transition,
): void {
  const incoming = deferred(to, 0, conv.outputs);
  if (plan.scope.requiresGradient(conv.weight)) {
    const pooled = poolTransition(plan, from, to.grid, norm);
    weights.add(backwardWeight(plan, conv, incoming, to.grid, { x: pooled.region, grid: to.grid }));
  }
  if (!plan.scope.needsInputGradient(conv.weight)) return;
  const dpooled = plan.floatMap(`${norm.name} pooled gradient`, norm.channels, to.grid, 'scratch');
  backwardData(plan, conv, incoming, to.grid, { out: dpooled.region, grid: to.grid });
  const size = poolSize(norm.channels, from.grid, to.grid);
  const sums = sumsOf(plan, norm, transitionTiles(size));
  plan.pass(
    transitionPoolBackward,
    size,
    {
      dpooled: dpooled.region,
      x: from.features.region,
      affine: plan.affine(norm),
      out: from.gradient.region,
      sums: sums?.sums,
    },
    { label: norm.name, parameters: { HAS_SUMS: sums !== undefined } },
  );
  normBackward(plan, memory, weights, norm, from.grid, sums, from.correction, 'first');
}

export function denseLayer(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  block: TrainedBlock,
  layer: DenseLayer,
): void {
  const { scope } = plan;
  if (!scope.needsGradient(lastConvolution(layer).weight)) return;
  const { grid, features, gradient } = block;
  const incoming = deferred(block, layer.inputs, layer.growthRate);
  const fromBlock = { x: features.rows(0, layer.inputs), grid, norm: layer.norm1 };
  const toBlock = { ...fromBlock, out: gradient.rows(0, layer.inputs), adds: true };
  if (layer.kind === 'plain') {
    const sums = scope.needsInputGradient(layer.conv1.weight)
      ? backwardData(plan, layer.conv1, incoming, grid, toBlock)
      : undefined;
    if (scope.requiresGradient(layer.conv1.weight))
      weights.add(backwardWeight(plan, layer.conv1, incoming, grid, fromBlock));
    normBackward(plan, memory, weights, layer.norm1, grid, sums, block.correction, 'later');
    return;
  }
  // Recomputed, the very pass of forward runs again; kept, its output is still there.
  const bottleneckOutput = memory.recompute
    ? bottleneck(plan, memory, block, layer).output
    : memory.bottleneck(layer, grid);
  const own = { x: bottleneckOutput.region, grid, norm: layer.norm2 };
  const addWeight2 = () => {
    if (scope.requiresGradient(layer.conv2.weight)) weights.add(backwardWeight(plan, layer.conv2, incoming, grid, own));
  };
  if (!scope.needsInputGradient(layer.conv2.weight)) {
    addWeight2();
    return;
  }
  const g = plan.floatMap(`${layer.name} bottleneck gradient`, layer.conv1.outputs, grid, 'scratch');
  const sums2 = backwardData(plan, layer.conv2, incoming, grid, { ...own, out: g.region });
  const correction = correctionOf(plan, layer.norm2);
  normBackward(plan, memory, weights, layer.norm2, grid, sums2, correction, 'first');
  addWeight2();
  const inner: Deferred = { gradient: g.region, y: bottleneckOutput.region, correction, correctionFirst: 0 };
  const sums1 = scope.needsInputGradient(layer.conv1.weight)
    ? backwardData(plan, layer.conv1, inner, grid, toBlock)
    : undefined;
  if (scope.requiresGradient(layer.conv1.weight))
    weights.add(backwardWeight(plan, layer.conv1, inner, grid, fromBlock));
  normBackward(plan, memory, weights, layer.norm1, grid, sums1, block.correction, 'later');
}
