import {
  type Conv1x1BackwardDataSize,
  conv1x1BackwardData,
  packedBackwardData,
} from '../../../../src/shaders/conv1x1/backward-data.ts';
import { backwardData, throughNorm } from '../../../../src/shaders/conv1x1/reference.ts';
import { dropoutMask } from '../../../../src/shaders/parts/reference.ts';
import { defineSuite, type KernelSuite } from '../kernel-suite.ts';
import { affines, corrections, matrix, padded, vector } from '../random-inputs.ts';
import { dropped, place, product, settings, tiles, unpacked } from './products.ts';

type Suite = KernelSuite<Conv1x1BackwardDataSize>;

const variants = { 'through a norm': { HAS_NORM: true }, plain: { HAS_NORM: false } };

/** x's padding opens the ReLU of some channels: NaN there would close all, and hide padding that reaches the sums. */
const paddedWithOnes = (x: Float32Array) => x.map((value) => (Number.isNaN(value) ? 1 : value));

/** Cases that differ in sizes and parameters alone. */
const suite = (cases: Pick<Suite, 'sizes' | 'random' | 'variants' | 'halves'>) =>
  defineSuite({
    kernel: conv1x1BackwardData,
    ...cases,
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
      { step } = {},
    ) => {
      const plain = unpacked(weight, s.outputs, s.inputs, packedBackwardData(s, p).columns);
      const da = backwardData(s, plain, gradient, y, correction, dropoutMask(s, step?.seed));
      return p.HAS_NORM ? { ...throughNorm(s, da, x, affine, out, p.TILE_P) } : { out: da };
    },
    // A product and a sum a term, the correction before; the norm and its sums (64 or 128 terms deep) after.
    roundings: (s, p) => s.outputs + 8 + (p.HAS_NORM ? p.TILE_P : 0),
    place: (binding, index, s: Conv1x1BackwardDataSize) => place(binding === 'out', index, s.stride),
  });

export default [
  suite({
    sizes: {
      'one channel, one pixel': product(1, 1, 1),
      'one more than a tile each way': product(129, 9, 129),
      'one less than a tile each way': product(127, 7, 63),
      'b not a multiple of a step': product(65, 27, 65),
      'densenet121 7x7': product(512, 128, 49),
      'densenet161 14x14': product(96, 192, 196),
      'bc k=12': product(36, 48, 8 * 8 * 9),
    },
    random: { count: 4, size: (r) => product(r.integer(1, 140), r.integer(1, 70), r.integer(1, 400)) },
    variants,
  }),
  suite({
    halves: false,
    sizes: {
      dropout: dropped(product(33, 9, 150), 7, 0.2),
      'dropout of one row': dropped(product(17, 1, 61), 3, 0.5),
    },
    random: { count: 2, size: (r) => dropped(product(r.integer(1, 140), r.integer(1, 40), r.integer(1, 200)), 5, 0.4) },
    variants,
  }),
  suite({
    halves: false,
    sizes: { 'whole steps': product(128, 32, 128), 'one more than any tile': product(129, 33, 129) },
    variants: tiles({ 'through a norm': { HAS_NORM: true } }),
  }),
];
