// Layers in evaluation mode: running statistics are folded into scale and shift, each bottleneck's second norm into its
// 1x1 weights and a bias, and nothing is kept beyond the block buffers. All of inference, and what a training freezes.

import { type Region, slice } from '../../runtime/program.ts';
import { conv1x1Forward } from '../../shaders/conv1x1/forward.ts';
import { conv3x3Forward } from '../../shaders/conv3x3/forward.ts';
import { poolForward } from '../../shaders/pool/forward.ts';
import { stemForward } from '../../shaders/stem/forward.ts';
import { transitionPool } from '../../shaders/transition/pool.ts';
import type { Convolution, DenseLayer, Norm, Transition } from '../network.ts';
import type { BlockMemory, PlanBuilder } from './builder.ts';
import { bindingsOf } from './convolutions.ts';
import type { FeatureMap, Grid } from './feature-map.ts';
import { conv1x1Size, conv3x3Size, poolSize, stemSize } from './sizes.ts';

/** Where the shifts of norms lie (`loadNorms`), which `denseLayer` takes. */
export const shiftsOf = (plan: PlanBuilder): Region =>
  plan.program.buffer('shifts', plan.network.arena.affines * 4, 'persistent', 'statistics');

export function stem(plan: PlanBuilder, image: Region, first: BlockMemory): void {
  const { stem } = plan.network;
  const out = first.features.rows(0, first.block.inputs);
  if (stem.kind === 'cifar') {
    conv3x3(plan, stem.conv, image, undefined, out, first.grid);
    return;
  }
  const grid = plan.grid(stem.map);
  const output = stemConvolution(plan, image, grid);
  plan.pass(
    poolForward,
    poolSize(stem.conv.outputs, grid, first.grid),
    { x: output.region, affine: plan.affine(stem.norm), out },
    { label: 'features.pool0' },
  );
}

/** The ImageNet stem's convolution. */
export function stemConvolution(plan: PlanBuilder, image: Region, grid: Grid): FeatureMap {
  const { conv } = plan.network.stem;
  const output = plan.featureMap('features.conv0 output', conv.outputs, grid, 'stem');
  plan.pass(
    stemForward,
    stemSize(conv, plan.inputGrid, grid),
    { weight: plan.packedForward(conv), x: image, out: output.region },
    { label: conv.name },
  );
  return output;
}

export function denseLayer(
  plan: PlanBuilder,
  { features, grid }: BlockMemory,
  layer: DenseLayer,
  shifts: Region,
): void {
  const input = features.rows(0, layer.inputs);
  const output = features.rows(layer.inputs, layer.growthRate);
  if (layer.kind === 'plain') {
    conv3x3(plan, layer.conv1, input, layer.norm1, output, grid);
    return;
  }
  const bottleneckOutput = plan.featureMap(`${layer.name} bottleneck`, layer.conv1.outputs, grid, 'bottlenecks');
  const bias = slice(shifts, layer.norm2.affineOffset * 4, layer.norm2.channels * 4);
  plan.pass(
    conv1x1Forward,
    conv1x1Size(layer.conv1, grid),
    {
      weight: plan.packedForward(layer.conv1),
      x: input,
      affine: plan.affine(layer.norm1),
      bias,
      out: bottleneckOutput.region,
    },
    { label: layer.conv1.name, parameters: { HAS_BIAS: true } },
  );
  conv3x3(plan, layer.conv2, bottleneckOutput.region, undefined, output, grid);
}

export function transition(plan: PlanBuilder, from: BlockMemory, to: BlockMemory, { norm, conv }: Transition): void {
  const pooled = poolTransition(plan, from, to.grid, norm);
  plan.pass(
    conv1x1Forward,
    conv1x1Size(conv, to.grid),
    { weight: plan.packedForward(conv), x: pooled.region, out: to.features.rows(0, conv.outputs) },
    { label: conv.name, parameters: { HAS_PROLOGUE: false } },
  );
}

/** A transition's activation, pooled: the same in training, whatever its norm's affine map was made of. */
export function poolTransition(plan: PlanBuilder, from: BlockMemory, to: Grid, norm: Norm): FeatureMap {
  const pooled = plan.featureMap(`${norm.name} pooled`, norm.channels, to, 'scratch');
  plan.pass(
    transitionPool,
    poolSize(norm.channels, from.grid, to),
    { x: from.features.region, affine: plan.affine(norm), out: pooled.region },
    { label: norm.name },
  );
  return pooled;
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
    { ...bindingsOf(plan, conv, x, norm), out },
    { label: conv.name, parameters: { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS: false } },
  );
}
