// Kernel checks of the 3x3 convolutions.

import { roundUp } from '../../runtime/kernel.ts';
import { defineTileCheck, type Settings } from '../check-kernel.ts';
import { type Dropout, drops } from '../parts/dropout.ts';
import { dropoutMask } from '../parts/reference.ts';
import { NO_OP_STEP } from '../parts/step.ts';
import { RUN_3X3 } from '../parts/sums.ts';
import { affines, corrections, matrix, type Random } from '../random-inputs.ts';
import { conv3x3BackwardData, packedBackwardData } from './backward-data.ts';
import { conv3x3BackwardWeight } from './backward-weight.ts';
import { conv3x3Forward, packedForward } from './forward.ts';
import {
  activation,
  convolution,
  masked,
  normBackward,
  outputGradient,
  statistics,
  tilePositions,
  weightGradient,
} from './reference.ts';
import { type Conv3x3Size, positions } from './size.ts';
import { rowRuns } from './split.ts';

/** The step's seed, where the size has dropout. */
const settings = (s: Dropout, random: Random): Settings =>
  drops(s) ? { step: { ...NO_OP_STEP, seed: random.word() } } : {};

/** As wide as it is, for the tile depends on that; two images, of few rows. */
function shrink<S extends Conv3x3Size>(size: S): S {
  const [images, height] = [Math.min(size.images, 2), Math.min(size.height, 5)];
  const stride = roundUp(images * height * size.width, 64);
  return { ...size, inputs: Math.min(size.inputs, 70), outputs: Math.min(size.outputs, 70), images, height, stride };
}

const where = (isMatrix: boolean, i: number, s: Conv3x3Size): string =>
  isMatrix ? `channel ${Math.floor(i / s.stride)}, column ${i % s.stride} of ${s.images} ${s.height}x${s.width}` : '';

/** Of one chain, or of a block and then over the blocks. */
const longestSum = (inputs: number, blocked: boolean) =>
  blocked ? Math.min(inputs, RUN_3X3) * 9 + Math.ceil(inputs / RUN_3X3) : inputs * 9;

/** Weights in PyTorch's order, [outputs][inputs][9], of small values. */
const weights = (random: Random, outputs: number, inputs: number): Float32Array =>
  Float32Array.from({ length: outputs * inputs * 9 }, () => random.value() / 4);

/** As the kernels read them: [input][tap][output], zeros where there is no channel. */
function packed(
  weight: ArrayLike<number>,
  inputs: number,
  outputs: number,
  to: { readonly rows: number; readonly columns: number },
): Float32Array {
  const data = new Float32Array(to.rows * 9 * to.columns);
  for (let k = 0; k < inputs; k++) {
    for (let tap = 0; tap < 9; tap++) {
      for (let m = 0; m < outputs; m++) {
        data[(k * 9 + tap) * to.columns + m] = weight[(m * inputs + k) * 9 + tap] ?? Number.NaN;
      }
    }
  }
  return data;
}

/** `packed` undone. */
function unpacked(
  data: ArrayLike<number>,
  inputs: number,
  outputs: number,
  to: { readonly columns: number },
): Float32Array {
  const weight = new Float32Array(outputs * inputs * 9);
  for (let k = 0; k < inputs; k++) {
    for (let tap = 0; tap < 9; tap++) {
      for (let m = 0; m < outputs; m++) {
        weight[(m * inputs + k) * 9 + tap] = data[(k * 9 + tap) * to.columns + m] ?? Number.NaN;
      }
    }
  }
  return weight;
}

export const forwardCheck = defineTileCheck({
  kernel: conv3x3Forward,
  shrink: (size) => shrink(size),
  inputs: (s, random, p) => ({
    weight: packed(weights(random, s.outputs, s.inputs), s.inputs, s.outputs, packedForward(s, p)),
    x: matrix(random, s.inputs, s.images * s.height * s.width, s.stride),
    ...(p.HAS_PROLOGUE ? { affine: affines(random, s.inputs) } : {}),
  }),
  settings: (s, random) => settings(s, random),
  reference: (s, { weight, x, affine }, p, settings, stored) => {
    const a = activation(s, s.inputs, x ?? [], affine);
    const plain = convolution(s, a, unpacked(weight ?? [], s.inputs, s.outputs, packedForward(s, p)));
    const out = masked(s, s.outputs, plain, dropoutMask(s, settings.step?.seed));
    const tiles = tilePositions(s, p.ROWS, p.PIECES * p.COLUMNS);
    return p.HAS_STATISTICS ? { out, partials: statistics(s, s.outputs, stored(out), tiles) } : { out };
  },
  roundings: (s, p) => longestSum(s.inputs, p.BLOCKED_SUM) + p.ROWS * p.PIECES * p.COLUMNS + 8,
  place: (binding, i, s) => where(binding === 'out', i, s),
});

export const backwardDataCheck = defineTileCheck({
  kernel: conv3x3BackwardData,
  shrink: (size) => shrink(size),
  inputs: (s, random, p) => ({
    weight: packed(weights(random, s.inputs, s.outputs), s.outputs, s.inputs, packedBackwardData(s, p)),
    gradient: matrix(random, s.outputs, positions(s), s.stride),
    y: matrix(random, s.outputs, positions(s), s.stride),
    correction: corrections(random, (s.correctionFirst ?? 0) + s.outputs),
    ...(p.EPILOGUE === 0
      ? {}
      : { x: matrix(random, s.inputs, positions(s), s.stride), affine: affines(random, s.inputs) }),
    ...(p.EPILOGUE === 2 ? { out: matrix(random, s.inputs, positions(s), s.stride) } : {}),
  }),
  settings: (s, random) => settings(s, random),
  reference: (s, { weight, gradient, y, correction, x, affine, out }, p, settings) => {
    const mask = dropoutMask(s, settings.step?.seed);
    const dy = outputGradient(s, gradient ?? [], y ?? [], correction ?? [], mask);
    const turned = unpacked(weight ?? [], s.outputs, s.inputs, packedBackwardData(s, p));
    const da = convolution({ ...s, inputs: s.outputs, outputs: s.inputs }, dy, turned);
    if (p.EPILOGUE === 0) return { out: da };
    const tiles = tilePositions(s, p.ROWS, p.PIECES * p.COLUMNS);
    const through = normBackward(s, da, x ?? [], affine ?? [], p.EPILOGUE === 2 ? out : undefined, tiles);
    return p.HAS_SUMS ? through : { out: through.out };
  },
  roundings: (s, p) => s.outputs * 9 + p.ROWS * p.PIECES * p.COLUMNS + 12,
  place: (binding, i, s) => where(binding === 'out', i, s),
});

export const backwardWeightCheck = defineTileCheck({
  kernel: conv3x3BackwardWeight,
  shrink: (size) => ({ ...shrink(size), splitK: Math.min(size.splitK, 3) }),
  inputs: (s, random, p) => ({
    gradient: matrix(random, s.outputs, positions(s), s.stride),
    y: matrix(random, s.outputs, positions(s), s.stride),
    correction: corrections(random, (s.correctionFirst ?? 0) + s.outputs),
    x: matrix(random, s.inputs, positions(s), s.stride),
    ...(p.HAS_PROLOGUE ? { affine: affines(random, s.inputs) } : {}),
  }),
  settings: (s, random) => settings(s, random),
  reference: (s, { gradient, y, correction, x, affine }, p, settings) => {
    const mask = dropoutMask(s, settings.step?.seed);
    const dy = outputGradient(s, gradient ?? [], y ?? [], correction ?? [], mask);
    const { strips, runRows } = rowRuns(s, s.splitK, p);
    const splitOf = (row: number, column: number) =>
      (Math.floor(row / runRows) * strips + Math.floor(column / p.SPAN)) % s.splitK;
    return { partials: weightGradient(s, s.splitK, splitOf, dy, activation(s, s.inputs, x ?? [], affine)) };
  },
  roundings: (s) => positions(s) + 10,
  place: (_, i, s) =>
    `split ${Math.floor(i / (9 * s.inputs * s.outputs))}, output ${Math.floor(i / (9 * s.inputs)) % s.outputs}, ` +
    `input ${Math.floor(i / 9) % s.inputs}, tap ${i % 9}`,
});
