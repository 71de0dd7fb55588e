// The forward pass of a plan with a backward pass: the walk through the network, and a function per kind of layer. Batch
// statistics are made by whoever writes a channel and finalised by its next reader (of norms in evaluation mode neither:
// their maps are loaded before); BN-ReLU is the prologue of the convolution that reads. Its twin backward.ts has the same
// functions; the stem's are in stem.ts, those of frozen layers in evaluation.ts.

import type { Region } from '../../runtime/program.ts';
import { headLinear } from '../../shaders/head/linear.ts';
import { headPool } from '../../shaders/head/pool.ts';
import { layoutAugment } from '../../shaders/layout/augment.ts';
import { layoutFromNchw } from '../../shaders/layout/from-nchw.ts';
import type { MapSize } from '../config.ts';
import type { BottleneckLayer, DenseLayer, Transition } from '../network.ts';
import type { BlockMemory, PendingStatistics, PlanBuilder, TrainedBlock } from './builder.ts';
import * as convolution from './convolution.ts';
import * as evaluation from './evaluation.ts';
import { type FeatureMap, type Grid, headSize } from './feature-map.ts';
import { finalizePrefixStatistics, finalizeStatistics, pendingStatistics } from './norms.ts';
import * as stem from './stem.ts';
import type { TrainingMemory } from './training-memory.ts';

/**
 * How images enter a plan: float32 as they are, or bytes that are normalised (in training also mirrored and shifted) on the
 * GPU, a quarter of the upload.
 */
export type InputKind = 'float' | 'bytes';

/** @param source size of the images given, where it is not the network's */
export function inputBuffers(plan: PlanBuilder, kind: InputKind, source?: MapSize) {
  const { inputChannels } = plan.network.config;
  const values = inputChannels * (source ? plan.batch * source.height * source.width : plan.inputGrid.columns);
  const input = plan.program.buffer('input', kind === 'bytes' ? values : values * 4, 'persistent', 'input');
  const normalisation =
    kind === 'bytes' ? plan.program.buffer('normalisation', inputChannels * 8, 'persistent', 'tables') : undefined;
  return { input, normalisation };
}

/**
 * NCHW to channel-major.
 * @param verdict where an image that holds NaN or infinity is noted; left out: nowhere
 */
export function readImages(
  plan: PlanBuilder,
  input: Region,
  normalisation: Region | undefined,
  out: Region,
  verdict?: Region,
): void {
  const { nchw, step } = plan;
  if (normalisation) plan.pass(layoutAugment, nchw, { pixels: input, normalisation, out, augment: plan.augment });
  else if (verdict)
    plan.pass(layoutFromNchw, nchw, { x: input, out, verdict, step }, { parameters: { RECORDS: true } });
  else plan.pass(layoutFromNchw, nchw, { x: input, out });
}

/**
 * From the image to the logits; returns what the stem's convolutions wrote, where it is kept for backward.
 * @param shifts of the norms of frozen blocks (`evaluation.shiftsOf`); left out where there are none
 */
export function recordForward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  logits: Region,
  shifts?: Region,
): readonly FeatureMap[] {
  const { frozen, blocks } = memory;
  const [first] = blocks;
  if (shifts) recordFrozen(plan, memory, shifts);
  const kept = first && frozen.length === 0 ? stem.forward(plan, memory, first) : [];
  for (const [b, block] of blocks.entries()) {
    for (const layer of block.block.layers) denseLayer(plan, memory, block, layer);
    const next = blocks[b + 1];
    if (block.block.transition && next) transition(plan, block, next, block.block.transition);
  }
  const last = blocks.at(-1);
  const lastFrozen = frozen.at(-1);
  if (last) head(plan, memory, last, logits);
  else if (lastFrozen) classify(plan, lastFrozen, memory.pooled, logits);
  return kept;
}

/** The stem and the blocks ahead of what is trained, up to the transition out of them. */
function recordFrozen(plan: PlanBuilder, { frozen, blocks, image }: TrainingMemory, shifts: Region): void {
  for (const [b, from] of frozen.entries()) {
    if (b === 0) evaluation.stem(plan, image.region, from);
    for (const layer of from.block.layers) evaluation.denseLayer(plan, from, layer, shifts);
    const { transition } = from.block;
    const next = frozen[b + 1];
    if (transition && next) evaluation.transition(plan, from, next, transition);
    else if (transition && blocks[0]) enter(plan, from, blocks[0], transition);
  }
}

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
  const pooled = evaluation.poolTransition(plan, from, to.grid, norm);
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
