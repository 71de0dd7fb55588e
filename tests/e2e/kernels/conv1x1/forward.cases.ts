import { type Conv1x1ForwardSize, conv1x1Forward, packedForward } from '../../../../src/shaders/conv1x1/forward.ts';
import { forward, statistics } from '../../../../src/shaders/conv1x1/reference.ts';
import { defineSuite, type KernelSuite } from '../kernel-suite.ts';
import { affines, matrix, padded, vector } from '../random-inputs.ts';
import { place, product, tiles, unpacked } from './products.ts';

type Suite = KernelSuite<Conv1x1ForwardSize>;

const training = { HAS_PROLOGUE: true, HAS_STATISTICS: true, HAS_BIAS: false };
const inference = { HAS_PROLOGUE: true, HAS_STATISTICS: false, HAS_BIAS: true };

/** Cases that differ in sizes and parameters alone. */
const suite = (cases: Pick<Suite, 'sizes' | 'random' | 'variants'>) =>
  defineSuite({
    kernel: conv1x1Forward,
    ...cases,
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

export default [
  suite({
    sizes: {
      'one channel, one pixel': product(1, 1, 1),
      'one more than a tile each way': product(9, 129, 129),
      'one less than a tile each way': product(7, 127, 63),
      'k one more than a step': product(17, 65, 65),
      'densenet121 7x7': product(1024, 128, 49),
      'densenet161 bottleneck': product(96, 192, 196),
      'bc k=12 bottleneck': product(156, 48, 8 * 8 * 9),
    },
    random: { count: 4, size: (r) => product(r.integer(1, 70), r.integer(1, 140), r.integer(1, 400)) },
    variants: {
      training,
      inference,
      'transition training': { HAS_PROLOGUE: false, HAS_STATISTICS: true, HAS_BIAS: false },
      'transition inference': { HAS_PROLOGUE: false, HAS_STATISTICS: false, HAS_BIAS: false },
    },
  }),
  suite({
    sizes: { 'whole steps': product(32, 128, 128), 'one more than any tile': product(33, 129, 129) },
    variants: tiles({ training }),
  }),
];
