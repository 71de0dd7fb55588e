import { type Conv1x1ForwardSize, conv1x1Forward, packedForward } from '../../../../src/shaders/conv1x1/forward.ts';
import { forward, statistics } from '../../../../src/shaders/conv1x1/reference.ts';
import { defineSuite } from '../kernel-suite.ts';
import { affines, matrix, padded, vector } from '../random-inputs.ts';
import { place, product, unpacked } from './products.ts';

export default defineSuite({
  kernel: conv1x1Forward,
  sizes: {
    'one channel, one pixel': product(1, 1, 1),
    'one more than a tile each way': product(9, 129, 129),
    'one less than a tile each way': product(7, 127, 63),
    'k not a multiple of a step': product(27, 65, 65),
    'densenet121 7x7, small tile': product(1024, 128, 49),
    'densenet121 56x56, large tile': product(64, 128, 64 * 192),
    'densenet161 bottleneck': product(36, 192, 64 * 96),
    'bc k=12 bottleneck': product(24, 48, 128 * 130 + 3),
    'bc k=12 bottleneck, small maps': product(156, 48, 8 * 8 * 9),
    'narrow outputs': product(12, 30, 128 * 193 + 1),
    'a middle map': product(20, 128, 64 * 97),
    'a middle map, fewer': product(20, 128, 32 * 99),
  },
  random: { count: 4, size: (r) => product(r.integer(1, 70), r.integer(1, 140), r.integer(1, 400)) },
  variants: {
    training: { HAS_PROLOGUE: true, HAS_STATISTICS: true, HAS_BIAS: false },
    inference: { HAS_PROLOGUE: true, HAS_STATISTICS: false, HAS_BIAS: true },
    'transition training': { HAS_PROLOGUE: false, HAS_STATISTICS: true, HAS_BIAS: false },
    'transition inference': { HAS_PROLOGUE: false, HAS_STATISTICS: false, HAS_BIAS: false },
  },
  inputs: (s, random, p) => {
    const packed = packedForward(s, p);
    return {
      weight: padded(vector(random, s.inputs * s.outputs), s.inputs, s.outputs, packed.rows, packed.columns),
      x: matrix(random, s.inputs, s.columns, s.stride),
      affine: p.HAS_PROLOGUE ? affines(random, s.inputs) : new Float32Array(),
      bias: p.HAS_BIAS ? vector(random, s.outputs) : new Float32Array(),
    };
  },
  reference: (s, { weight = [], x = [], affine, bias }, p) => {
    const { columns } = packedForward(s, p);
    const plain = unpacked(weight, s.inputs, s.outputs, columns);
    const out = forward(s, plain, x, p.HAS_PROLOGUE ? affine : undefined, p.HAS_BIAS ? bias : undefined);
    return p.HAS_STATISTICS ? { out, partials: statistics(s, out, p.TILE_P) } : { out };
  },
  // A product and a sum a term, the prologue before, the statistics after (each of them 64 or 128 terms deep).
  roundings: (s, p) => s.inputs + 4 + (p.HAS_STATISTICS ? p.TILE_P : 0),
  place: (binding, index, s: Conv1x1ForwardSize) => place(binding === 'out', index, s.stride),
});
