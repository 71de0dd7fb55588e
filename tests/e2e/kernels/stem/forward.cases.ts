import { forwardTiles, packedForward, stemForward } from '../../../../src/shaders/stem/forward.ts';
import { forward } from '../../../../src/shaders/stem/reference.ts';
import { outputColumns, outputHeight, outputWidth } from '../../../../src/shaders/stem/shapes.ts';
import { defineSuite } from '../kernel-suite.ts';
import { matrix, vector } from '../random-inputs.ts';
import { tileStatistics } from './partials.ts';
import { stemSize } from './sizes.ts';

export default defineSuite({
  kernel: stemForward,
  sizes: {
    'one pixel': stemSize(1, 1, 1, 1, 1),
    'an image smaller than the taps': stemSize(2, 9, 3, 2, 5),
    'an odd edge': stemSize(3, 9, 2, 9, 7),
    'one more than a tile': stemSize(1, 33, 1, 9, 113),
    'one less than a tile': stemSize(1, 31, 2, 7, 109),
    'a map as narrow as a piece': stemSize(3, 16, 2, 29, 15),
    'Fashion-MNIST': stemSize(1, 16, 2, 28, 28),
    '32x32, four channels': stemSize(4, 24, 2, 32, 32),
    '64x64': stemSize(3, 64, 1, 64, 64),
    'ImageNet at 224x224': stemSize(3, 12, 1, 224, 224),
    'ImageNet at 224x224, enough to fill a GPU': stemSize(1, 32, 4, 224, 224),
  },
  random: {
    count: 4,
    size: (r) => stemSize(r.integer(1, 4), r.pick([1, 7, 16, 33]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40)),
  },
  halves: 'in blocks',
  variants: {
    plain: {},
    statistics: { HAS_STATISTICS: true },
    bias: { HAS_BIAS: true },
    'in blocks': { HAS_STATISTICS: true, BLOCKED_SUM: true },
  },
  inputs: (s, random, p) => {
    const weight = vector(random, s.outputs * s.inputs * 49);
    const { columns } = packedForward(s, p);
    const packed = new Float32Array(s.inputs * 49 * columns);
    for (let m = 0; m < s.outputs; m++)
      for (let i = 0; i < s.inputs * 49; i++) packed[i * columns + m] = weight[m * s.inputs * 49 + i] ?? 0;
    return {
      weight: packed,
      x: matrix(random, s.inputs, s.images * s.height * s.width, s.stride),
      bias: vector(random, s.outputs),
    };
  },
  reference: (s, { weight, x, bias }, p, _settings, stored) => {
    const { columns } = packedForward(s, p);
    const plain = Float32Array.from({ length: s.outputs * s.inputs * 49 }, (_, i) => {
      const m = Math.floor(i / (s.inputs * 49));
      return weight?.[(i % (s.inputs * 49)) * columns + m] ?? Number.NaN;
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
  // The longest chain is one addition a tap, then the tile's sum over 28 pieces of 8 columns.
  roundings: (s, p) => 49 * s.inputs + (p.HAS_STATISTICS ? 40 : 0),
  place: (binding, i, s) =>
    binding === 'out' ? `output ${Math.floor(i / s.outStride)}, column ${i % s.outStride}` : `channel tile ${i >> 2}`,
});
