// Kernel checks of the convolution that an image enters by and its gradients.

import { roundUp } from '../../runtime/kernel.ts';
import { defineTileCheck } from '../check-kernel.ts';
import { corrections, matrix, vector } from '../random-inputs.ts';
import { tileStatistics } from '../statistics/reference.ts';
import { stemBackwardData } from './backward-data.ts';
import { stemBackwardWeight } from './backward-weight.ts';
import { forwardTiles, packedForward, stemForward } from './forward.ts';
import { backwardData, backwardWeight, forward } from './reference.ts';
import { outputColumns, outputHeight, outputWidth, type StemSize, tapsOf } from './shapes.ts';

/** As wide as it is, for the tile depends on that; one image, of few rows. */
function shrink<S extends StemSize>(size: S): S {
  const small = { ...size, images: 1, height: Math.min(size.height, 20) };
  return { ...small, stride: roundUp(small.height * small.width, 64), outStride: roundUp(outputColumns(small), 64) };
}

export const forwardCheck = defineTileCheck({
  kernel: stemForward,
  shrink: (size) => shrink(size),
  inputs: (s, random, p) => {
    const row = s.inputs * tapsOf(s);
    const weight = vector(random, s.outputs * row);
    const { columns } = packedForward(s, p);
    const packed = new Float32Array(row * columns);
    for (let m = 0; m < s.outputs; m++)
      for (let i = 0; i < row; i++) packed[i * columns + m] = weight[m * row + i] ?? 0;
    return {
      weight: packed,
      x: matrix(random, s.inputs, s.images * s.height * s.width, s.stride),
      bias: vector(random, s.outputs),
    };
  },
  reference: (s, { weight, x, bias }, p, _settings, stored) => {
    const { columns } = packedForward(s, p);
    const row = s.inputs * tapsOf(s);
    const plain = Float32Array.from({ length: s.outputs * row }, (_, i) => {
      const m = Math.floor(i / row);
      return weight?.[(i % row) * columns + m] ?? Number.NaN;
    });
    const out = forward(s, plain, x ?? [], p.HAS_BIAS ? bias : undefined);
    const [rows, width] = [outputHeight(s), outputWidth(s)];
    const across = Math.ceil(width / (8 * p.PIECES));
    const perImage = across * Math.ceil(rows / p.ROWS);
    const tileOf = (q: number) =>
      Math.floor(q / (rows * width)) * perImage +
      Math.floor((Math.floor(q / width) % rows) / p.ROWS) * across +
      Math.floor((q % width) / (8 * p.PIECES));
    const shape = { channels: s.outputs, stride: s.outStride, columns: outputColumns(s), tiles: forwardTiles(s, p) };
    return { out, partials: tileStatistics(stored(out), shape, tileOf) };
  },
  // The longest chain is one addition per tap, then the tile's sum over 28 pieces of 8 columns.
  roundings: (s, p) => tapsOf(s) * s.inputs + (p.HAS_STATISTICS ? 40 : 0),
  place: (binding, i, s) =>
    binding === 'out' ? `output ${Math.floor(i / s.outStride)}, column ${i % s.outStride}` : `channel tile ${i >> 2}`,
});

export const backwardWeightCheck = defineTileCheck({
  kernel: stemBackwardWeight,
  shrink: (size) => ({ ...shrink(size), splitK: Math.min(size.splitK, 3) }),
  inputs: (s, random) => {
    const columns = outputColumns(s);
    return {
      gradient: matrix(random, s.outputs, columns, s.outStride),
      y: matrix(random, s.outputs, columns, s.outStride),
      correction: corrections(random, s.outputs),
      x: matrix(random, s.inputs, s.images * s.height * s.width, s.stride),
    };
  },
  reference: (s, { gradient = [], y = [], correction = [], x = [] }) => {
    const units = s.images * outputHeight(s) * Math.ceil(outputWidth(s) / 16);
    const share = Math.ceil(units / s.splitK);
    const unitOf = (q: number) =>
      Math.floor(q / outputWidth(s)) * Math.ceil(outputWidth(s) / 16) + Math.floor((q % outputWidth(s)) / 16);
    const splitOf = (q: number) => Math.floor(unitOf(q) / share);
    return { partials: backwardWeight(s, gradient, y, correction, x, splitOf, s.splitK) };
  },
  // A split's columns are added one after the other; a gradient is three operations.
  roundings: (s) => 16 * Math.ceil((s.images * outputHeight(s) * Math.ceil(outputWidth(s) / 16)) / s.splitK) + 4,
  place: (_, i, s) => {
    const taps = tapsOf(s);
    const [m, c] = [Math.floor(i / (taps * s.inputs)), Math.floor(i / taps) % s.inputs];
    return `share ${Math.floor(m / s.outputs)}, output ${m % s.outputs}, channel ${c}, tap ${i % taps}`;
  },
});

export const backwardDataCheck = defineTileCheck({
  kernel: stemBackwardData,
  shrink: (size) => shrink(size),
  inputs: (s, random) => ({
    weight: vector(random, s.outputs * s.inputs * tapsOf(s)),
    gradient: matrix(random, s.outputs, outputColumns(s), s.outStride),
    y: matrix(random, s.outputs, outputColumns(s), s.outStride),
    correction: corrections(random, s.outputs),
  }),
  reference: (s, { weight = [], gradient = [], y = [], correction = [] }) => ({
    out: backwardData(s, weight, gradient, y, correction),
  }),
  // At most 16 taps of a pixel lie over the map, for every output; a gradient is three operations.
  roundings: (s) => 16 * s.outputs + 4,
  place: (_, i, s) => {
    const p = i % s.stride;
    const [n, q] = [Math.floor(p / (s.height * s.width)), p % (s.height * s.width)];
    return `channel ${Math.floor(i / s.stride)}, image ${n}, row ${Math.floor(q / s.width)}, column ${q % s.width}`;
  },
});
