// The training forward pass, layer by layer: batch statistics are made by whoever writes a channel and finalised by its
// next reader (of norms in evaluation mode neither: their maps are loaded before); BN-ReLU is the prologue of the
// convolution that reads. Its twin in backward.ts has the same functions.

import type { Region } from '../../runtime/program.ts';
import { conv1x1Forward, forwardTiles as tiles1x1 } from '../../shaders/conv1x1/forward.ts';
import { conv3x3Forward, forwardTiles as tiles3x3 } from '../../shaders/conv3x3/forward.ts';
import { headLinear } from '../../shaders/head/linear.ts';
import { headPool } from '../../shaders/head/pool.ts';
import { poolForward, forwardTiles as poolTiles } from '../../shaders/pool/forward.ts';
import { statisticsFinalize } from '../../shaders/statistics/finalize.ts';
import { stemForward, forwardTiles as stemTiles } from '../../shaders/stem/forward.ts';
import type { BottleneckLayer, Convolution, DenseLayer, Norm, Transition } from '../network.ts';
import { blockedSum1x1, blockedSum3x3 } from './blocked-sums.ts';
import type { BlockMemory, PlanBuilder, Written } from './builder.ts';
import { poolTransition } from './evaluation.ts';
import type { FeatureMap, Grid } from './feature-map.ts';
import { conv1x1Size, conv3x3Size, headSize, poolSize, stemSize } from './sizes.ts';
import type { TrainedBlock, TrainingMemory } from './training-memory.ts';

/** Bytes of one partial: count, mean, M2 and nothing, float32. */
const PARTIAL = 16;

const partialsOf = (plan: PlanBuilder, conv: { outputs: number }, tiles: number): Written => ({
  partials: plan.scratch('partial statistics', conv.outputs * tiles * PARTIAL),
  tiles,
});

/** What a block's next reader has to finalise: channels from `first`, where statistics were left. */
const unread = (written: Written | undefined, first: number): TrainedBlock['unread'] =>
  written && { ...written, first };

/** Finalises a norm over a prefix of a block: the channels written last get their statistics, all get their affine map. */
export function readPrefix(plan: PlanBuilder, memory: TrainedBlock, norm: Norm): void {
  if (memory.evaluates) return;
  const { unread: left } = memory;
  plan.pass(
    statisticsFinalize,
    {
      channels: norm.channels,
      first: left?.first ?? norm.channels,
      tiles: left?.tiles ?? 0,
      count: memory.grid.columns,
      varianceOffset: norm.varianceOffset,
    },
    {
      partials: left?.partials,
      statistics: memory.statistics,
      gamma: plan.parameter(norm.gamma),
      beta: plan.parameter(norm.beta),
      running: plan.runningOf(norm),
      affine: plan.affine(norm),
    },
    { label: norm.name },
  );
  memory.unread = undefined;
}

/** Finalises a norm whose channels have no other reader; one in evaluation mode has its affine map already. */
function readAll(plan: PlanBuilder, norm: Norm, grid: Grid, written: Written | undefined): void {
  if (!written) return;
  const { partials, tiles } = written;
  plan.pass(
    statisticsFinalize,
    { channels: norm.channels, first: 0, tiles, count: grid.columns, varianceOffset: norm.varianceOffset },
    {
      partials,
      statistics: plan.scratch(`${norm.name} statistics`, norm.channels * 8),
      gamma: plan.parameter(norm.gamma),
      beta: plan.parameter(norm.beta),
      running: plan.runningOf(norm),
      affine: plan.affine(norm),
    },
    { label: norm.name },
  );
}

export function stem(plan: PlanBuilder, memory: TrainingMemory, first: TrainedBlock): FeatureMap | undefined {
  const { stem } = plan.network;
  const out = first.features.rows(0, first.block.inputs);
  const image = memory.image.region;
  if (stem.kind === 'cifar') {
    first.unread = unread(conv3x3(plan, stem.conv, image, undefined, out, first.grid, !first.evaluates), 0);
    return undefined;
  }
  const grid = plan.grid(stem.map);
  const { output, written } = stemConvolution(plan, memory, grid);
  readAll(plan, stem.norm, grid, written);
  const size = poolSize(first.block.inputs, grid, first.grid);
  const pooled = first.evaluates
    ? undefined
    : partialsOf(plan, stem.conv, poolTiles(size, plan.parametersOf(poolForward, size)));
  plan.pass(
    poolForward,
    size,
    { x: output.region, affine: plan.affine(stem.norm), out, partials: pooled?.partials },
    { label: 'features.pool0', parameters: { HAS_STATISTICS: !first.evaluates } },
  );
  first.unread = unread(pooled, 0);
  return memory.recompute ? undefined : output;
}

/** The ImageNet stem's convolution, with statistics: run again in backward under `recompute`, by the very same pass. */
export function stemConvolution(
  plan: PlanBuilder,
  memory: TrainingMemory,
  grid: Grid,
): { output: FeatureMap; written: Written | undefined } {
  const { stem } = plan.network;
  const { conv } = stem;
  const output = plan.featureMap('features.conv0 output', conv.outputs, grid, 'stem');
  const size = stemSize(conv, plan.inputGrid, grid);
  const HAS_STATISTICS = stem.kind === 'imagenet' && !plan.scope.evaluates(stem.norm);
  const decided = { HAS_STATISTICS, BLOCKED_SUM: true };
  const tiles = stemTiles(size, plan.parametersOf(stemForward, size, decided));
  const written = HAS_STATISTICS ? partialsOf(plan, conv, tiles) : undefined;
  plan.pass(
    stemForward,
    size,
    { weight: plan.packedForward(conv), x: memory.image.region, out: output.region, partials: written?.partials },
    { label: conv.name, parameters: decided },
  );
  return { output, written };
}

export function denseLayer(plan: PlanBuilder, memory: TrainingMemory, block: TrainedBlock, layer: DenseLayer): void {
  const input = block.features.rows(0, layer.inputs); // the concatenation: a prefix, not a copy
  const output = block.features.rows(layer.inputs, layer.growth);
  readPrefix(plan, block, layer.norm1);
  if (layer.kind === 'plain') {
    const written = conv3x3(plan, layer.conv1, input, layer.norm1, output, block.grid, !block.evaluates);
    block.unread = unread(written, layer.inputs);
    return;
  }
  const { output: squeezed, written } = bottleneck(plan, memory, block, layer);
  readAll(plan, layer.norm2, block.grid, written);
  const last = conv3x3(plan, layer.conv2, squeezed.region, layer.norm2, output, block.grid, !block.evaluates);
  block.unread = unread(last, layer.inputs);
}

/** A bottleneck's 1x1 convolution, with statistics: run again in backward under `recompute`, by the very same pass. */
export function bottleneck(
  plan: PlanBuilder,
  memory: TrainingMemory,
  { features, grid }: TrainedBlock,
  layer: BottleneckLayer,
): { output: FeatureMap; written: Written | undefined } {
  const output = memory.bottleneck(layer, grid);
  const input = features.rows(0, layer.inputs);
  const isRead = !plan.scope.evaluates(layer.norm2);
  const written = conv1x1(plan, layer.conv1, input, layer.norm1, output.region, grid, isRead);
  return { output, written };
}

/** Pooling first: it commutes with the convolution, which then does a quarter of the work. */
export function transition(plan: PlanBuilder, from: TrainedBlock, to: TrainedBlock, transition: Transition): void {
  readPrefix(plan, from, transition.norm);
  enter(plan, from, to, transition);
}

/** Into a block that is trained, out of one whose norm has its affine map. */
export function enter(plan: PlanBuilder, from: BlockMemory, to: TrainedBlock, { norm, conv }: Transition): void {
  // Cheaper to compute again in backward than to keep.
  const pooled = poolTransition(plan, from, to.grid, norm);
  const out = to.features.rows(0, conv.outputs);
  to.unread = unread(conv1x1(plan, conv, pooled.region, undefined, out, to.grid, !to.evaluates), 0);
}

export function head(plan: PlanBuilder, memory: TrainingMemory, last: TrainedBlock, logits: Region): void {
  const { norm5 } = plan.network;
  readPrefix(plan, last, norm5);
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

function conv1x1(
  plan: PlanBuilder,
  conv: Convolution,
  x: Region,
  norm: Norm | undefined,
  out: Region,
  grid: Grid,
  HAS_STATISTICS: boolean,
): Written | undefined {
  const size = conv1x1Size(conv, grid, plan.dropout(conv));
  const blocked = blockedSum1x1(size, plan.parametersOf(conv1x1Forward, size));
  const decided = { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS, ...blocked };
  const tiles = tiles1x1(size, plan.parametersOf(conv1x1Forward, size, decided));
  const written = HAS_STATISTICS ? partialsOf(plan, conv, tiles) : undefined;
  plan.pass(
    conv1x1Forward,
    size,
    {
      weight: plan.packedForward(conv),
      x,
      affine: norm && plan.affine(norm),
      out,
      partials: written?.partials,
      step: plan.step,
    },
    { label: conv.name, parameters: decided },
  );
  return written;
}

function conv3x3(
  plan: PlanBuilder,
  conv: Convolution,
  x: Region,
  norm: Norm | undefined,
  out: Region,
  grid: Grid,
  HAS_STATISTICS: boolean,
): Written | undefined {
  const size = conv3x3Size(conv, grid, plan.dropout(conv));
  const blocked = blockedSum3x3(size, plan.parametersOf(conv3x3Forward, size));
  const decided = { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS, ...blocked };
  const tiles = tiles3x3(size, plan.parametersOf(conv3x3Forward, size, decided));
  const written = HAS_STATISTICS ? partialsOf(plan, conv, tiles) : undefined;
  plan.pass(
    conv3x3Forward,
    size,
    {
      weight: plan.packedForward(conv),
      x,
      affine: norm && plan.affine(norm),
      out,
      partials: written?.partials,
      step: plan.step,
    },
    { label: conv.name, parameters: decided },
  );
  return written;
}
