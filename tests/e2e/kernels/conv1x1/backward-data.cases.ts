import { backwardDataCheck } from '../../../../src/shaders/conv1x1/checks.ts';
import type { Conv1x1Size } from '../../../../src/shaders/conv1x1/product.ts';
import { defineSuite, type KernelSuite } from '../kernel-suite.ts';
import { dropped, product, tiles } from './products.ts';

type Suite = KernelSuite<Conv1x1Size>;

const variants = {
  'through a norm': { HAS_NORM: true },
  'through a constant norm': { HAS_NORM: true, HAS_SUMS: false },
  plain: { HAS_NORM: false },
};

/** Cases that differ in sizes and parameters alone. */
const suite = (cases: Pick<Suite, 'sizes' | 'random' | 'variants' | 'packedF16' | 'nonFinite'>) =>
  defineSuite({ ...backwardDataCheck, ...cases });

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
    nonFinite: { size: 'b not a multiple of a step', allows: (binding, i) => binding !== 'x' || i % 128 < 65 },
    random: { count: 4, size: (r) => product(r.integer(1, 140), r.integer(1, 70), r.integer(1, 400)) },
    variants,
  }),
  suite({
    packedF16: false,
    sizes: {
      dropout: dropped(product(33, 9, 150), 7, 0.2),
      'dropout of one row': dropped(product(17, 1, 61), 3, 0.5),
    },
    random: { count: 2, size: (r) => dropped(product(r.integer(1, 140), r.integer(1, 40), r.integer(1, 200)), 5, 0.4) },
    variants,
  }),
  suite({
    packedF16: false,
    sizes: { 'whole steps': product(128, 32, 128), 'one more than any tile': product(129, 33, 129) },
    variants: tiles({ 'through a norm': { HAS_NORM: true } }),
  }),
];
