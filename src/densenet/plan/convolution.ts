// A convolution as passes: forward, and its two gradients. BN-ReLU of the norm that its input is read through is its
// prologue. In training it leaves statistics of what it writes where a norm will ask for them; what arrives in backward is
// deferred, and corrected in the prologue. One table says which kernels compute which convolution.

import type { AnyKernel, Parameters } from '../../runtime/kernel.ts';
import type { Region } from '../../runtime/program.ts';
import * as data1x1 from '../../shaders/conv1x1/backward-data.ts';
import { conv1x1BackwardWeight } from '../../shaders/conv1x1/backward-weight.ts';
import * as forward1x1 from '../../shaders/conv1x1/forward.ts';
import type { Conv1x1Size } from '../../shaders/conv1x1/product.ts';
import * as data3x3 from '../../shaders/conv3x3/backward-data.ts';
import { conv3x3BackwardWeight } from '../../shaders/conv3x3/backward-weight.ts';
import * as forward3x3 from '../../shaders/conv3x3/forward.ts';
import { type Dropout, NO_DROPOUT } from '../../shaders/parts/dropout.ts';
import { stemBackwardData } from '../../shaders/stem/backward-data.ts';
import { stemBackwardWeight } from '../../shaders/stem/backward-weight.ts';
import * as forwardStem from '../../shaders/stem/forward.ts';
import type { Convolution, Norm } from '../network.ts';
import type { ConvolutionKind } from '../stems.ts';
import type { PendingStatistics, PlanBuilder, TrainedBlock } from './builder.ts';
import type { Grid } from './feature-map.ts';

/** Rows and columns of a weight's packed copy. */
interface Padded {
  readonly rows: number;
  readonly columns: number;
}

/** How a convolution is computed. A size is the kernels' own: what `size` gives. */
interface ConvolutionKernels {
  /** @param from the grid of what it reads, `to` of what it writes: the same without a stride */
  size(conv: Convolution, from: Grid, to: Grid, dropout: Dropout): object;
  readonly forward: AnyKernel;
  /** Partial statistics per channel that forward leaves. */
  forwardTiles(size: unknown, tile: object): number;
  /** Whether and how a training pass's sums are blocked (parts/sums.ts), which goes with its tile. */
  blockedSum(size: unknown, tile: object): Parameters;
  packedForward(size: unknown, tile: object): Padded;
  readonly backwardData: AnyKernel;
  /** Partial sums per channel that backward-data leaves for the norm that it goes through. */
  backwardDataTiles(size: unknown, tile: object): number;
  /** Undefined: backward-data reads the parameter itself. */
  packedBackward?(size: unknown, tile: object): Padded;
  /** How backward-data ends: what it goes through, and whether it adds to what is there. */
  epilogue(target: Target): Parameters;
  readonly backwardWeight: AnyKernel;
  /** Whether its gradients may be of channels that do not begin their block: `correctionFirst` of their sizes says where. */
  readonly isOffset?: boolean;
}

const square = (conv: Convolution, { images, map, stride }: Grid, dropout: Dropout) => ({
  inputs: conv.inputs,
  outputs: conv.outputs,
  images,
  height: map.height,
  width: map.width,
  stride,
  ...dropout,
});

/** With stride 2: what an image enters by. */
const STRIDED: ConvolutionKernels = {
  size: ({ size, inputs, outputs }, { images, map, stride }, to) => ({
    kernelSize: size,
    inputs,
    outputs,
    images,
    height: map.height,
    width: map.width,
    stride,
    outStride: to.stride,
  }),
  forward: forwardStem.stemForward,
  forwardTiles: forwardStem.forwardTiles,
  blockedSum: () => ({ BLOCKED_SUM: true }),
  packedForward: forwardStem.packedForward,
  backwardData: stemBackwardData,
  backwardDataTiles: () => 0,
  epilogue: () => ({}),
  backwardWeight: stemBackwardWeight,
};

const KERNELS: Readonly<Record<ConvolutionKind, ConvolutionKernels>> = {
  '1x1': {
    size: ({ inputs, outputs }, { columns, stride }, _, dropout) => ({ inputs, outputs, columns, stride, ...dropout }),
    forward: forward1x1.conv1x1Forward,
    forwardTiles: forward1x1.forwardTiles,
    blockedSum: (size: Conv1x1Size, tile: { THREAD_M: number; THREAD_P: number }) => ({
      BLOCKED_SUM: forward1x1.blockedSum(size, tile),
    }),
    packedForward: forward1x1.packedForward,
    backwardData: data1x1.conv1x1BackwardData,
    backwardDataTiles: data1x1.backwardDataTiles,
    packedBackward: data1x1.packedBackwardData,
    epilogue: ({ norm }) => ({ HAS_NORM: norm !== undefined }),
    backwardWeight: conv1x1BackwardWeight,
  },
  '3x3': {
    size: (conv, grid, _, dropout) => square(conv, grid, dropout),
    forward: forward3x3.conv3x3Forward,
    forwardTiles: forward3x3.forwardTiles,
    blockedSum: forward3x3.blockedSum,
    packedForward: forward3x3.packedForward,
    backwardData: data3x3.conv3x3BackwardData,
    backwardDataTiles: data3x3.backwardDataTiles,
    packedBackward: data3x3.packedBackwardData,
    epilogue: ({ norm, adds }) => ({ EPILOGUE: norm === undefined ? 0 : adds ? 2 : 1 }),
    backwardWeight: conv3x3BackwardWeight,
    isOffset: true,
  },
  '3x3/2': STRIDED,
  '7x7/2': STRIDED,
};

const kernelsOf = ({ kind }: Convolution): ConvolutionKernels => KERNELS[kind];

/** Channels that are read: where they lie, on which grid, and the norm whose BN-ReLU they are read through. */
export interface Input {
  readonly x: Region;
  readonly grid: Grid;
  readonly norm?: Norm | undefined;
}

/** Channels that are written. */
export interface OutputRows {
  readonly out: Region;
  readonly grid: Grid;
}

/** Bytes of one partial: count, mean, M2 and nothing, float32. */
const PARTIAL = 16;

/** Room for the statistics of what a pass writes. */
export const partialsOf = (plan: PlanBuilder, channels: number, tiles: number): PendingStatistics => ({
  partials: plan.scratch('partial statistics', channels * tiles * PARTIAL),
  tiles,
});

/** In training. @param HAS_STATISTICS whether a norm will ask for the statistics of what it writes */
export function forward(
  plan: PlanBuilder,
  conv: Convolution,
  { x, grid, norm }: Input,
  to: OutputRows,
  HAS_STATISTICS: boolean,
): PendingStatistics | undefined {
  const { forward: kernel, ...kernels } = kernelsOf(conv);
  const size = kernels.size(conv, grid, to.grid, plan.dropout(conv));
  const blocked = kernels.blockedSum(size, plan.parametersOf(kernel, size));
  const parameters = stated(kernel, { HAS_PROLOGUE: norm !== undefined, HAS_STATISTICS, ...blocked });
  const tiles = kernels.forwardTiles(size, plan.parametersOf(kernel, size, parameters));
  const pending = HAS_STATISTICS ? partialsOf(plan, conv.outputs, tiles) : undefined;
  const regions = {
    weight: plan.packedForward(conv),
    x,
    affine: norm && plan.affine(norm),
    out: to.out,
    partials: pending?.partials,
    step: plan.step,
  };
  plan.pass(kernel, size, bound(kernel, regions), { label: conv.name, parameters });
  return pending;
}

/** In evaluation mode. @param bias of a norm that was folded into the weights */
export function evaluate(
  plan: PlanBuilder,
  conv: Convolution,
  { x, grid, norm }: Input,
  to: OutputRows,
  bias?: Region,
): void {
  const { forward: kernel, size: sizeOf } = kernelsOf(conv);
  const size = sizeOf(conv, grid, to.grid, NO_DROPOUT);
  const parameters = stated(kernel, {
    HAS_PROLOGUE: norm !== undefined,
    HAS_BIAS: bias !== undefined,
    HAS_STATISTICS: false,
  });
  const regions = { weight: plan.packedForward(conv), x, affine: norm && plan.affine(norm), bias, out: to.out };
  plan.pass(kernel, size, bound(kernel, regions), { label: conv.name, parameters });
}

/** A gradient that still wants its correction, with the forward values it belongs to. */
export interface Deferred {
  readonly gradient: Region;
  readonly y: Region;
  readonly correction: Region;
  /** Place of the first channel in `correction`. */
  readonly correctionFirst: number;
}

/** The gradient of channels [first, first + count) of a block, once all their readers have added. */
export const deferred = (block: TrainedBlock, first: number, count: number): Deferred => ({
  gradient: block.gradient.rows(first, count),
  y: block.features.rows(first, count),
  correction: block.correction,
  correctionFirst: first,
});

/** What backward-data leaves for the norm that it went through. */
export interface Sums {
  readonly sums: Region;
  readonly tiles: number;
}

/** Bytes of one sum: of g, and of g * (x - mean), float32. */
const SUM = 8;

/** Undefined for a norm in evaluation mode, whose backward needs none. */
export const sumsOf = (plan: PlanBuilder, norm: Norm, tiles: number): Sums | undefined =>
  plan.scope.isEvalMode(norm) ? undefined : { sums: plan.scratch('partial sums', norm.channels * tiles * SUM), tiles };

/** Where a convolution's input gradient goes: through a norm (added to its block's, or stored), or as it is. */
export interface Target {
  readonly out: Region;
  readonly grid: Grid;
  readonly x?: Region;
  readonly norm?: Norm | undefined;
  readonly adds?: boolean;
}

/** The gradient of what a convolution read. @param grid of what it wrote */
export function backwardData(
  plan: PlanBuilder,
  conv: Convolution,
  from: Deferred,
  grid: Grid,
  target: Target,
): Sums | undefined {
  const { backwardData: kernel, ...kernels } = kernelsOf(conv);
  const { norm } = target;
  const size = {
    ...kernels.size(conv, target.grid, grid, plan.dropout(conv)),
    ...(kernels.isOffset && { correctionFirst: from.correctionFirst }),
  };
  const HAS_SUMS = norm !== undefined && !plan.scope.isEvalMode(norm);
  const parameters = stated(kernel, { ...kernels.epilogue(target), HAS_SUMS });
  const tiles = kernels.backwardDataTiles(size, plan.parametersOf(kernel, size, parameters));
  const sums = norm && sumsOf(plan, norm, tiles);
  const regions = {
    weight: kernels.packedBackward ? plan.packedBackward(conv) : plan.parameter(conv.weight),
    gradient: from.gradient,
    y: from.y,
    correction: from.correction,
    x: norm && target.x,
    affine: norm && plan.affine(norm),
    out: target.out,
    sums: sums?.sums,
    step: plan.step,
  };
  plan.pass(kernel, size, bound(kernel, regions), { label: conv.name, parameters });
  return sums;
}

/** The partial gradients of one weight, not yet summed: `splitK` of them. */
export interface PartialGradients {
  readonly conv: Convolution;
  readonly partials: Region;
  readonly splitK: number;
}

/** The gradient of a convolution's weight, in partial sums. @param grid of what the convolution wrote */
export function backwardWeight(
  plan: PlanBuilder,
  conv: Convolution,
  from: Deferred,
  grid: Grid,
  { x, norm, grid: read }: Input,
): PartialGradients {
  const { backwardWeight: kernel, ...kernels } = kernelsOf(conv);
  const product = {
    ...kernels.size(conv, read, grid, plan.dropout(conv)),
    ...(kernels.isOffset && { correctionFirst: from.correctionFirst }),
  };
  const size = plan.splitSize(kernel, product);
  const { splitK } = size;
  const partials = plan.scratch('partial gradients', splitK * conv.weight.count * 4);
  const { gradient, y, correction } = from;
  const regions = { gradient, y, correction, x, affine: norm && plan.affine(norm), partials, step: plan.step };
  const parameters = stated(kernel, { HAS_PROLOGUE: norm !== undefined });
  plan.pass(kernel, size, bound(kernel, regions), { label: conv.name, parameters });
  return { conv, partials, splitK };
}

/** A weight's packed copies at a grid, as its kernels' tiles want them. */
export function packedSizes(
  conv: Convolution,
  from: Grid,
  to: Grid,
  parametersOf: (kernel: AnyKernel, size: unknown) => object,
): { readonly forward: Padded; readonly backward: Padded | undefined } {
  const { size: sizeOf, forward: ahead, packedForward, backwardData: back, packedBackward } = kernelsOf(conv);
  const size = sizeOf(conv, from, to, NO_DROPOUT);
  return {
    forward: packedForward(size, parametersOf(ahead, size)),
    backward: packedBackward?.(size, parametersOf(back, size)),
  };
}

/** A recorded pass's parameters under another tile: whether its sums are blocked goes with it. */
export function withTile(kernel: string, size: unknown, recorded: Parameters, tile: Parameters): Parameters {
  const parameters: Parameters = { ...recorded, ...tile };
  // Statistics are made where a gradient will be taken.
  const kernels = recorded.HAS_STATISTICS
    ? Object.values(KERNELS).find(({ forward: { id } }) => id === kernel)
    : undefined;
  return kernels ? { ...parameters, ...kernels.blockedSum(size, parameters) } : parameters;
}

/** Those of the parameters that a kernel has. */
const stated = (kernel: AnyKernel, parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => Object.hasOwn(kernel.parameters, name)));

/** Those of the regions that a kernel binds. */
function bound(
  kernel: AnyKernel,
  regions: Readonly<Record<string, Region | undefined>>,
): Readonly<Record<string, Region>> {
  const given: Record<string, Region> = {};
  for (const name of Object.keys(kernel.bindings)) {
    const region = regions[name];
    if (region) given[name] = region;
  }
  return given;
}
