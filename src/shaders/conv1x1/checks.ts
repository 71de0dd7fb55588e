// Kernel checks of the 1x1 convolutions.

import { defineTileCheck, type Settings } from '../check-kernel.ts';
import type { Dropout } from '../parts/dropout.ts';
import { dropoutMask } from '../parts/reference.ts';
import { NO_OP_STEP } from '../parts/step.ts';
import { RUN_1X1 } from '../parts/sums.ts';
import { affines, corrections, matrix, padded, type Random, vector } from '../random-inputs.ts';
import { conv1x1BackwardData, packedBackwardData } from './backward-data.ts';
import { backwardWeightChunk, conv1x1BackwardWeight } from './backward-weight.ts';
import { conv1x1Forward, packedForward } from './forward.ts';
import type { Conv1x1Size } from './product.ts';
import { backwardData, backwardWeight, forward, masked, statistics, throughNorm } from './reference.ts';

/** The step's seed, where the size has dropout. */
const settings = ({ dropout }: Dropout, random: Random): Settings =>
  dropout ? { step: { ...NO_OP_STEP, seed: random.word() } } : {};

/** Where an element of a [channels][stride] matrix lies, for a failure's message. */
const place = (isMatrix: boolean, index: number, stride: number): string =>
  isMatrix ? `channel ${Math.floor(index / stride)}, column ${index % stride}` : '';

/** The rows x columns that were packed into a wider matrix. */
const unpacked = (packed: ArrayLike<number>, rows: number, columns: number, width: number): Float64Array =>
  Float64Array.from(
    { length: rows * columns },
    (_, i) => packed[Math.floor(i / columns) * width + (i % columns)] ?? Number.NaN,
  );

/** Larger than any tile, and every sum has more than one step. */
const shrink = <S extends Conv1x1Size>(size: S): S => ({
  ...size,
  inputs: Math.min(size.inputs, 135),
  outputs: Math.min(size.outputs, 135),
  columns: Math.min(size.columns, 150),
  stride: 64 * Math.ceil(Math.min(size.columns, 150) / 64),
});

/** Of one chain, or of a block and then over the blocks. */
const longestSum = (inputs: number, blocked: boolean) =>
  blocked ? Math.min(inputs, RUN_1X1) + Math.ceil(inputs / RUN_1X1) : inputs;

/** x's padding opens the ReLU of some channels: NaN there would close all, and hide padding that reaches the sums. */
const paddedWithOnes = (x: Float32Array) => x.map((value) => (Number.isNaN(value) ? 1 : value));

export const forwardCheck = defineTileCheck({
  kernel: conv1x1Forward,
  shrink: (size) => shrink(size),
  inputs: (s, random, p) => {
    const packed = packedForward(s, p);
    return {
      weight: padded(vector(random, s.inputs * s.outputs), s.inputs, s.outputs, packed.rows, packed.columns),
      x: matrix(random, s.inputs, s.columns, s.stride),
      affine: p.HAS_PROLOGUE ? affines(random, s.inputs) : new Float32Array(),
      bias: p.HAS_BIAS ? vector(random, s.outputs) : new Float32Array(),
    };
  },
  settings: (s, random) => settings(s, random),
  reference: (s, { weight = [], x = [], affine, bias }, p, { step }, stored) => {
    const { columns } = packedForward(s, p);
    const plain = unpacked(weight, s.inputs, s.outputs, columns);
    const sums = forward(s, plain, x, p.HAS_PROLOGUE ? affine : undefined, p.HAS_BIAS ? bias : undefined);
    const out = masked(s, sums, dropoutMask(s, step?.seed));
    return p.HAS_STATISTICS ? { out, partials: statistics(s, stored(out), p.TILE_P) } : { out };
  },
  // A product and a sum per term, the prologue before, the statistics after (each of them 64 or 128 terms deep).
  roundings: (s, p) => longestSum(s.inputs, p.BLOCKED_SUM) + 4 + (p.HAS_STATISTICS ? p.TILE_P : 0),
  place: (binding, index, s: Conv1x1Size) => place(binding === 'out', index, s.stride),
});

export const backwardDataCheck = defineTileCheck({
  kernel: conv1x1BackwardData,
  shrink: (size) => shrink(size),
  inputs: (s, random, p) => {
    const packed = packedBackwardData(s, p);
    return {
      weight: padded(vector(random, s.outputs * s.inputs), s.outputs, s.inputs, packed.rows, packed.columns),
      gradient: matrix(random, s.outputs, s.columns, s.stride),
      y: matrix(random, s.outputs, s.columns, s.stride),
      correction: corrections(random, s.outputs),
      x: p.HAS_NORM ? paddedWithOnes(matrix(random, s.inputs, s.columns, s.stride)) : new Float32Array(),
      affine: p.HAS_NORM ? affines(random, s.inputs) : new Float32Array(),
      ...(p.HAS_NORM ? { out: matrix(random, s.inputs, s.columns, s.stride) } : {}),
    };
  },
  settings: (s, random) => settings(s, random),
  reference: (
    s,
    { weight = [], gradient = [], y = [], correction = [], x = [], affine = [], out = [] },
    p,
    { step },
  ) => {
    const plain = unpacked(weight, s.outputs, s.inputs, packedBackwardData(s, p).columns);
    const da = backwardData(s, plain, gradient, y, correction, dropoutMask(s, step?.seed));
    if (!p.HAS_NORM) return { out: da };
    const through = throughNorm(s, da, x, affine, out, p.TILE_P);
    return p.HAS_SUMS ? { ...through } : { out: through.out };
  },
  // A product and a sum per term, the correction before; the norm and its sums (64 or 128 terms deep) after.
  roundings: (s, p) => s.outputs + 8 + (p.HAS_NORM ? p.TILE_P : 0),
  place: (binding, index, s: Conv1x1Size) => place(binding === 'out', index, s.stride),
});

export const backwardWeightCheck = defineTileCheck({
  kernel: conv1x1BackwardWeight,
  shrink: (size) => ({ ...shrink(size), splitK: Math.min(size.splitK, 3) }),
  inputs: (s, random, p) => ({
    gradient: matrix(random, s.outputs, s.columns, s.stride),
    y: matrix(random, s.outputs, s.columns, s.stride),
    correction: corrections(random, s.outputs),
    x: matrix(random, s.inputs, s.columns, s.stride),
    affine: p.HAS_PROLOGUE ? affines(random, s.inputs) : new Float32Array(),
  }),
  settings: (s, random) => settings(s, random),
  reference: (s, { gradient = [], y = [], correction = [], x = [], affine }, p, { step }) => ({
    partials: backwardWeight(
      s,
      backwardWeightChunk(s),
      gradient,
      y,
      correction,
      dropoutMask(s, step?.seed),
      x,
      p.HAS_PROLOGUE ? affine : undefined,
    ),
  }),
  // A product and a sum per column of the split, correction and activation before.
  roundings: (s) => Math.min(s.columns, backwardWeightChunk(s)) + 8,
  place: (_, i, s) =>
    `split ${Math.floor(i / (s.inputs * s.outputs))}, output ${Math.floor(i / s.inputs) % s.outputs}, input ${i % s.inputs}`,
});
