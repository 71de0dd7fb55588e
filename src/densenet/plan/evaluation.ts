// Layers in evaluation mode: running statistics are folded into scale and shift, each bottleneck's second norm into its
// 1x1 weights and a bias, and nothing is kept beyond the block buffers. All of inference, and what a training freezes.

import { type Region, slice } from '../../runtime/program.ts';
import { poolForward } from '../../shaders/pool/forward.ts';
import { transitionPool } from '../../shaders/transition/pool.ts';
import type { DenseLayer, Norm, StemLayer, Transition } from '../network.ts';
import type { BlockMemory, PlanBuilder } from './builder.ts';
import * as convolution from './convolution.ts';
import { type FeatureMap, type Grid, poolSize } from './feature-map.ts';

/** Where the shifts of norms lie (`loadNorms`), which `denseLayer` takes. */
export const shiftsOf = (plan: PlanBuilder): Region =>
  plan.program.buffer('shifts', plan.network.arena.affines * 4, 'persistent', 'statistics');

export function stem(plan: PlanBuilder, image: Region, first: BlockMemory): void {
  const { layers, norm } = plan.network.stem;
  const out = first.features.rows(0, first.block.inputs);
  let from: convolution.Input = { x: image, grid: plan.inputGrid };
  for (const layer of layers) {
    if (!layer.norm) {
      convolution.evaluate(plan, layer.conv, from, { out, grid: first.grid });
      return;
    }
    const output = evaluateStem(plan, layer, from);
    from = { x: output.region, grid: output.grid, norm: layer.norm };
  }
  if (!norm) return;
  plan.pass(
    poolForward,
    poolSize(norm.channels, from.grid, first.grid),
    { x: from.x, affine: plan.affine(norm), out },
    { label: 'features.pool0' },
  );
}

/** A convolution of the stem whose output a norm of the stem reads. */
export function evaluateStem(plan: PlanBuilder, { conv, map }: StemLayer, from: convolution.Input): FeatureMap {
  const grid = plan.grid(map);
  const output = plan.featureMap(`${conv.name} output`, conv.outputs, grid, 'stem');
  convolution.evaluate(plan, conv, from, { out: output.region, grid });
  return output;
}

export function denseLayer(
  plan: PlanBuilder,
  { features, grid }: BlockMemory,
  layer: DenseLayer,
  shifts: Region,
): void {
  const input = { x: features.rows(0, layer.inputs), grid, norm: layer.norm1 };
  const output = { out: features.rows(layer.inputs, layer.growthRate), grid };
  if (layer.kind === 'plain') {
    convolution.evaluate(plan, layer.conv1, input, output);
    return;
  }
  const bottleneckOutput = plan.featureMap(`${layer.name} bottleneck`, layer.conv1.outputs, grid, 'bottlenecks');
  const bias = slice(shifts, layer.norm2.affineOffset * 4, layer.norm2.channels * 4);
  convolution.evaluate(plan, layer.conv1, input, { out: bottleneckOutput.region, grid }, bias);
  convolution.evaluate(plan, layer.conv2, { x: bottleneckOutput.region, grid }, output);
}

export function transition(plan: PlanBuilder, from: BlockMemory, to: BlockMemory, { norm, conv }: Transition): void {
  const pooled = poolTransition(plan, from, to.grid, norm);
  const { grid } = to;
  convolution.evaluate(plan, conv, { x: pooled.region, grid }, { out: to.features.rows(0, conv.outputs), grid });
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
