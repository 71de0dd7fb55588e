import {
  backwardWeightSplitK,
  type Conv1x1BackwardWeightSize,
} from '../../../../src/shaders/conv1x1/backward-weight.ts';
import { backwardWeightCheck } from '../../../../src/shaders/conv1x1/checks.ts';
import { WEIGHT_TILES, weightParameters } from '../../../../src/shaders/conv1x1/tiles.ts';
import { defineSuite, type KernelSuite } from '../kernel-suite.ts';
import { dropped, product } from './products.ts';

const size = (inputs: number, outputs: number, columns: number, splitK?: number): Conv1x1BackwardWeightSize => ({
  ...product(inputs, outputs, columns),
  splitK: splitK ?? backwardWeightSplitK({ inputs, outputs, columns }),
});

type Suite = KernelSuite<Conv1x1BackwardWeightSize>;

const variants = { 'through a norm': { HAS_PROLOGUE: true }, plain: { HAS_PROLOGUE: false } };

/** Cases that differ in sizes and parameters alone. */
const suite = (cases: Pick<Suite, 'sizes' | 'random' | 'variants' | 'packedF16' | 'nonFinite'>) =>
  defineSuite({ ...backwardWeightCheck, ...cases });

export default [
  suite({
    sizes: {
      'one channel, one pixel': size(1, 1, 1),
      'one more than a tile each way': size(65, 65, 17),
      'one less than a tile each way': size(63, 63, 15, 1),
      'splits with a short last one': size(33, 20, 100, 3),
      'a split without columns': size(5, 6, 20, 4),
      'densenet121 7x7': size(512, 128, 49),
      'densenet121 14x14': size(256, 128, 2 * 196),
      'densenet161 bottleneck': size(96, 192, 700),
      'bc k=12 bottleneck': size(60, 48, 1024),
    },
    nonFinite: { size: 'splits with a short last one' },
    random: {
      count: 4,
      size: (r) => size(r.integer(1, 140), r.integer(1, 140), r.integer(1, 400), r.pick([undefined, 1, 2, 5])),
    },
    variants,
  }),
  suite({
    packedF16: false,
    sizes: {
      dropout: dropped(size(33, 9, 150), 7, 0.2),
      'dropout of one row': dropped(size(17, 1, 61), 3, 0.5),
      'dropout, splits with a short last one': dropped(size(33, 20, 100, 3), 11, 0.2),
    },
    random: { count: 2, size: (r) => dropped(size(r.integer(1, 140), r.integer(1, 40), r.integer(1, 200)), 5, 0.4) },
    variants,
  }),
  suite({
    packedF16: false,
    sizes: { 'whole steps': size(64, 128, 128, 3), 'one more than any tile': size(65, 129, 129, 2) },
    variants: Object.fromEntries(
      WEIGHT_TILES.map((t) => [`tile ${t.rows}x${t.columns}`, { ...weightParameters(t), HAS_PROLOGUE: true }]),
    ),
  }),
];
