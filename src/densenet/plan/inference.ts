// The inference plan: running statistics are folded into scale and shift, each bottleneck's second norm into its 1x1
// weights and a bias, and nothing is kept beyond the block buffers. Section `load` runs once a set of weights.

import { type Region, slice } from '../../runtime/program.ts';
import { conv1x1Forward } from '../../shaders/conv1x1/forward.ts';
import { conv3x3Forward } from '../../shaders/conv3x3/forward.ts';
import { poolForward } from '../../shaders/pool/forward.ts';
import { runningAffineTable, statisticsRunningAffine } from '../../shaders/statistics/running-affine.ts';
import { stemForward } from '../../shaders/stem/forward.ts';
import { transitionPool } from '../../shaders/transition/pool.ts';
import type { Convolution, DenseLayer, Network, Norm } from '../network.ts';
import { type BlockMemory, PlanBuilder } from './builder.ts';
import { type Choices, DEFAULT_CHOICES } from './choices.ts';
import type { FeatureMap, Grid } from './feature-map.ts';
import { classify } from './forward.ts';
import { type InputKind, inputBuffers, readImages } from './input.ts';
import type { Readback } from './memory.ts';
import { PackedWeights } from './packing.ts';
import type { Precision } from './precision.ts';
import { conv1x1Size, conv3x3Size, poolSize, stemSize } from './sizes.ts';

/** Runs that may be under way before the next waits for the oldest. */
const RUNS_UNDER_WAY = 2;

export type KeepFeatures = boolean | 'all';

export interface InferencePlanOptions {
  /** 'float': images as they are, NCHW (the default); 'bytes': 8-bit pixels, normalised on the GPU. */
  readonly input?: InputKind | undefined;
  /** Which features stay readable after a run: the last block's (true), or all blocks' ('all'). */
  readonly keepFeatures?: KeepFeatures | undefined;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision | undefined;
  /** Tiles, where they shall not be the kernels' defaults. */
  readonly choices?: Choices | undefined;
}

export interface InferenceRegions {
  /** Images, NCHW: float32, or bytes. */
  readonly input: Region;
  /** vec2f a channel, where the input is bytes: pixel * x + y. */
  readonly normalisation: Region | undefined;
  readonly step: Region;
  /** [N][classes] */
  readonly logits: Region;
  /** The last block's channels, [C][row stride] (`features.grid`), after a run; only where it was asked for. */
  readonly features: FeatureMap | undefined;
  /** The same of every block, in their order; only where all were asked for. */
  readonly allFeatures: readonly FeatureMap[] | undefined;
}

export function recordInference(
  network: Network,
  batch: number,
  options: InferencePlanOptions = {},
): { plan: PlanBuilder; io: InferenceRegions; readback: Readback } {
  const { input: inputKind = 'float', keepFeatures = false, precision = 'f32', choices = DEFAULT_CHOICES } = options;
  const weights = new PackedWeights(network, batch, { backward: 'none', folded: true }, choices);
  const plan = new PlanBuilder(network, batch, weights, precision, choices);
  const { program } = plan;
  const { arena, config } = network;
  const shifts = program.buffer('shifts', arena.affines * 4, 'kept', 'statistics');
  const { input, normalisation } = inputBuffers(plan, inputKind);
  const logits = program.buffer('logits', batch * config.classes * 4, 'kept', 'output');

  program.startSection('load');
  loadNorms(plan, shifts);
  weights.record(plan);

  program.startSection('forward');
  const image = plan.floatMap('image', config.inputChannels, plan.inputGrid, 'input');
  readImages(plan, input, normalisation, image.region);
  stem(plan, image.region);
  for (const [b, memory] of plan.blocks.entries()) {
    for (const layer of memory.block.layers) denseLayer(plan, memory, layer, shifts);
    const next = plan.blocks[b + 1];
    if (next) transition(plan, memory, next);
    else {
      const pooled = plan.scratch('pooled features', network.norm5.channels * batch * 4);
      classify(plan, memory, pooled, logits);
    }
  }
  const all = plan.blocks.map((memory) => memory.features);
  for (const { region } of keepFeatures === 'all' ? all : keepFeatures ? all.slice(-1) : []) program.hold(region);
  const features = keepFeatures ? all.at(-1) : undefined;
  const allFeatures = keepFeatures === 'all' ? all : undefined;
  const io = { input, normalisation, step: plan.step, logits, features, allFeatures };
  return { plan, io, readback: { region: logits, depth: RUNS_UNDER_WAY } };
}

function loadNorms(plan: PlanBuilder, shifts: Region): void {
  const { norms, arena } = plan.network;
  const table = runningAffineTable(
    norms.map((norm) => ({
      channels: norm.channels,
      gamma: norm.gamma.offset,
      beta: norm.beta.offset,
      mean: norm.runningOffset,
      variance: norm.runningOffset + norm.varianceOffset,
      affine: norm.affineOffset,
    })),
  );
  plan.pass(
    statisticsRunningAffine,
    { groups: table.length / 8, parameters: arena.parameters, running: arena.running, affines: arena.affines },
    {
      parameters: plan.parameters,
      running: plan.running,
      table: plan.program.constant('norm table', table, 'tables'),
      affine: plan.affines,
      shifts,
    },
  );
}

function stem(plan: PlanBuilder, image: Region): void {
  const { stem } = plan.network;
  const [first] = plan.blocks;
  if (!first) return;
  const out = first.features.rows(0, first.block.inputs);
  if (stem.kind === 'cifar') {
    conv3x3(plan, stem.conv, image, undefined, out, first.grid);
    return;
  }
  const grid = plan.grid(stem.map);
  const output = plan.featureMap('features.conv0 output', stem.conv.outputs, grid, 'stem');
  plan.pass(
    stemForward,
    stemSize(stem.conv, plan.inputGrid, grid),
    { weight: plan.packedForward(stem.conv), x: image, out: output.region },
    { label: stem.conv.name },
  );
  plan.pass(
    poolForward,
    poolSize(stem.conv.outputs, grid, first.grid),
    { x: output.region, affine: plan.affine(stem.norm), out },
    { label: 'features.pool0' },
  );
}

function denseLayer(plan: PlanBuilder, { features, grid }: BlockMemory, layer: DenseLayer, shifts: Region): void {
  const input = features.rows(0, layer.inputs);
  const output = features.rows(layer.inputs, layer.growth);
  if (layer.kind === 'plain') {
    conv3x3(plan, layer.conv1, input, layer.norm1, output, grid);
    return;
  }
  const squeezed = plan.featureMap(`${layer.name} bottleneck`, layer.conv1.outputs, grid, 'bottlenecks');
  const bias = slice(shifts, layer.norm2.affineOffset * 4, layer.norm2.channels * 4);
  plan.pass(
    conv1x1Forward,
    conv1x1Size(layer.conv1, grid),
    {
      weight: plan.packedForward(layer.conv1),
      x: input,
      affine: plan.affine(layer.norm1),
      bias,
      out: squeezed.region,
    },
    { label: layer.conv1.name, parameters: { HAS_BIAS: true } },
  );
  conv3x3(plan, layer.conv2, squeezed.region, undefined, output, grid);
}

function transition(plan: PlanBuilder, from: BlockMemory, to: BlockMemory): void {
  const { transition } = from.block;
  if (!transition) return;
  const { norm, conv } = transition;
  const pooled = plan.featureMap(`${norm.name} pooled`, norm.channels, to.grid, 'scratch');
  plan.pass(
    transitionPool,
    poolSize(norm.channels, from.grid, to.grid),
    { x: from.features.region, affine: plan.affine(norm), out: pooled.region },
    { label: norm.name },
  );
  plan.pass(
    conv1x1Forward,
    conv1x1Size(conv, to.grid),
    { weight: plan.packedForward(conv), x: pooled.region, out: to.features.rows(0, conv.outputs) },
    { label: conv.name, parameters: { HAS_PROLOGUE: false } },
  );
}

function conv3x3(
  plan: PlanBuilder,
  conv: Convolution,
  x: Region,
  norm: Norm | undefined,
  out: Region,
  grid: Grid,
): void {
  plan.pass(
    conv3x3Forward,
    conv3x3Size(conv, grid),
    { weight: plan.packedForward(conv), x, affine: norm && plan.affine(norm), out },
    { label: conv.name, parameters: { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS: false } },
  );
}
