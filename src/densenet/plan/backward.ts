// The backward pass, from the network's end: twins of forward.ts's functions. Every reader of a channel adds its share
// to the block's gradient buffer and two scalars a channel; the pass that consumes the channel's gradient corrects it
// once (design: deferred backward of batch norm). Weight gradients are left in splits; weight-gradients.ts sums them.

import type { Region } from '../../runtime/program.ts';
import { gradientCorrect } from '../../shaders/gradient/correct.ts';
import { headBackwardData } from '../../shaders/head/backward-data.ts';
import { headBackwardWeight } from '../../shaders/head/backward-weight.ts';
import { headPoolBackward, poolBackwardTiles as headTiles } from '../../shaders/head/pool-backward.ts';
import { layoutToNchw } from '../../shaders/layout/to-nchw.ts';
import { poolBackward, backwardTiles as poolTiles } from '../../shaders/pool/backward.ts';
import { statisticsFinalizeBackward } from '../../shaders/statistics/finalize-backward.ts';
import { stemBackwardData } from '../../shaders/stem/backward-data.ts';
import { stemBackwardWeight } from '../../shaders/stem/backward-weight.ts';
import {
  transitionPoolBackward,
  poolBackwardTiles as transitionTiles,
} from '../../shaders/transition/pool-backward.ts';
import type { DenseLayer, Norm, Transition } from '../network.ts';
import type { PlanBuilder } from './builder.ts';
import { type Deferred, data1x1, data3x3, type Sums, sumsOf, weight1x1, weight3x3 } from './convolution-gradients.ts';
import { poolTransition } from './evaluation.ts';
import type { FeatureMap, Grid } from './feature-map.ts';
import { bottleneck, stemConvolution } from './forward.ts';
import { headSize, poolSize, stemSize } from './sizes.ts';
import type { TrainedBlock, TrainingMemory } from './training-memory.ts';
import type { WeightGradients } from './weight-gradients.ts';

/** The gradient of channels [first, first + count) of a block, once all their readers have added. */
const deferred = (block: TrainedBlock, first: number, count: number): Deferred => ({
  gradient: block.gradient.rows(first, count),
  y: block.features.rows(first, count),
  correction: block.correction,
  correctionFirst: first,
});

/** A norm's own gradients, and its share of the correction: the first reader in backward sets it, the others add. */
function normBackward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  norm: Norm,
  grid: Grid,
  { sums, tiles }: Sums,
  correction: Region,
  reader: 'first' | 'later',
): void {
  plan.pass(
    statisticsFinalizeBackward,
    { channels: norm.channels, tiles, count: grid.columns },
    {
      sums,
      affine: plan.affine(norm),
      gammaGradient: memory.gradientOf(norm.gamma),
      betaGradient: memory.gradientOf(norm.beta),
      correction,
      step: plan.step,
    },
    { label: norm.name, parameters: { ACCUMULATES: reader === 'later' } },
  );
}

/** The classifier's own gradients: all that there are where it is trained alone. */
export function classifier(plan: PlanBuilder, memory: TrainingMemory): void {
  const { norm5, classifier } = plan.network;
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

export function head(plan: PlanBuilder, memory: TrainingMemory, last: TrainedBlock): void {
  const { norm5, classifier } = plan.network;
  const { map, stride } = last.grid;
  const size = headSize(norm5.channels, plan.network, plan.batch);
  const dpooled = plan.scratch('pooled gradient', norm5.channels * plan.batch * 4);
  plan.pass(
    headBackwardData,
    size,
    { weight: plan.parameter(classifier.weight), dlogits: memory.dlogits, out: dpooled },
    { label: 'classifier' },
  );
  const pool = { channels: norm5.channels, images: plan.batch, area: map.height * map.width, stride };
  const sums = sumsOf(plan, norm5.channels, headTiles(pool));
  plan.pass(
    headPoolBackward,
    pool,
    {
      dpooled,
      x: last.features.region,
      affine: plan.affine(norm5),
      out: last.gradient.region,
      sums: sums.sums,
    },
    { label: norm5.name },
  );
  normBackward(plan, memory, norm5, last.grid, sums, last.correction, 'first');
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
  const pooled = poolTransition(plan, from, to.grid, norm);
  weights.add(weight1x1(plan, conv, incoming, pooled.region, undefined, to.grid));
  const dpooled = plan.floatMap(`${norm.name} pooled gradient`, norm.channels, to.grid, 'scratch');
  data1x1(plan, conv, incoming, to.grid, dpooled.region, undefined);
  const size = poolSize(norm.channels, from.grid, to.grid);
  const sums = sumsOf(plan, norm.channels, transitionTiles(size));
  plan.pass(
    transitionPoolBackward,
    size,
    {
      dpooled: dpooled.region,
      x: from.features.region,
      affine: plan.affine(norm),
      out: from.gradient.region,
      sums: sums.sums,
    },
    { label: norm.name },
  );
  normBackward(plan, memory, norm, from.grid, sums, from.correction, 'first');
}

export function denseLayer(
  plan: PlanBuilder,
  memory: TrainingMemory,
  weights: WeightGradients,
  block: TrainedBlock,
  layer: DenseLayer,
): void {
  const { grid, features, gradient } = block;
  const incoming = deferred(block, layer.inputs, layer.growth);
  const input = features.rows(0, layer.inputs);
  const inputGradient = gradient.rows(0, layer.inputs);
  if (layer.kind === 'plain') {
    const target = { x: input, norm: layer.norm1, out: inputGradient, adds: true };
    const sums = data3x3(plan, layer.conv1, incoming, grid, target);
    weights.settle();
    weights.add(weight3x3(plan, layer.conv1, incoming, input, layer.norm1, grid));
    normBackward(plan, memory, layer.norm1, grid, sums, block.correction, 'later');
    return;
  }
  // Recomputed, the very pass of forward runs again; kept, its output is still there.
  const squeezed = memory.recompute ? bottleneck(plan, memory, block, layer).output : memory.bottleneck(layer, grid);
  const g = plan.floatMap(`${layer.name} bottleneck gradient`, layer.conv1.outputs, grid, 'scratch');
  const own = { x: squeezed.region, norm: layer.norm2, out: g.region, adds: false };
  const sums2 = data3x3(plan, layer.conv2, incoming, grid, own);
  weights.settle();
  const correction = plan.scratch(`${layer.norm2.name} correction`, layer.norm2.channels * 16);
  normBackward(plan, memory, layer.norm2, grid, sums2, correction, 'first');
  weights.add(weight3x3(plan, layer.conv2, incoming, squeezed.region, layer.norm2, grid));
  const inner: Deferred = { gradient: g.region, y: squeezed.region, correction, correctionFirst: 0 };
  const sums1 = data1x1(plan, layer.conv1, inner, grid, inputGradient, { x: input, norm: layer.norm1 });
  weights.add(weight1x1(plan, layer.conv1, inner, input, layer.norm1, grid));
  if (sums1) normBackward(plan, memory, layer.norm1, grid, sums1, block.correction, 'later');
}

/**
 * @param kept the stem convolution's output, where forward kept it
 * @param inputGradient where d loss / d input goes, NCHW; left out: not computed
 */
export function stem(
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
    weights.add(weight3x3(plan, stem.conv, incoming, image, undefined, first.grid));
    if (dimage) data3x3(plan, stem.conv, incoming, first.grid, { out: dimage.region });
  } else {
    const grid = plan.grid(stem.map);
    const arriving = memory.recompute ? corrected(plan, incoming, first.grid, outputs) : incoming;
    const output = kept ?? stemConvolution(plan, memory, grid).output;
    const g = plan.floatMap('features.conv0 gradient', outputs, grid, 'scratch');
    const pool = poolSize(outputs, grid, first.grid);
    const sums = sumsOf(plan, outputs, poolTiles(pool));
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
        sums: sums.sums,
      },
      { label: 'features.pool0' },
    );
    const correction = plan.scratch(`${stem.norm.name} correction`, outputs * 16);
    normBackward(plan, memory, stem.norm, grid, sums, correction, 'first');
    const size = stemSize(stem.conv, plan.inputGrid, grid);
    const cut = plan.splitSize(stemBackwardWeight, size);
    const { splits } = cut;
    const partials = plan.scratch('partial gradients', splits * stem.conv.weight.count * 4);
    const from = { gradient: g.region, y: output.region, correction };
    plan.pass(stemBackwardWeight, cut, { ...from, x: image, partials }, { label: stem.conv.name });
    weights.add({ conv: stem.conv, partials, splits });
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
  const none = plan.program.constant('no correction', new Float32Array(channels * 4), 'tables');
  return { gradient: out, y: out, correction: none, correctionFirst: 0 };
}
