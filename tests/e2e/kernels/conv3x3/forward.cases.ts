import { forwardCheck } from '../../../../src/shaders/conv3x3/checks.ts';
import type { Conv3x3Size } from '../../../../src/shaders/conv3x3/size.ts';
import { defineSuite, type KernelSuite } from '../kernel-suite.ts';
import { awkward, convSize, dropped } from './sizes.ts';

type Suite = KernelSuite<Conv3x3Size>;

/** Cases that differ in sizes and parameters alone. */
const suite = (cases: Pick<Suite, 'sizes' | 'random' | 'variants' | 'packedF16' | 'nonFinite'>) =>
  defineSuite({ ...forwardCheck, ...cases });

export default [
  suite({
    sizes: {
      'one value': convSize(1, 1, 1, 1, 1),
      'one row, one column more than a piece': convSize(2, 5, 1, 1, 8),
      'one column': convSize(3, 4, 2, 5, 1),
      'DenseNet-121, 7x7': convSize(20, 32, 3, 7, 7),
      'DenseNet-121, 14x14': convSize(9, 32, 2, 14, 14),
      'DenseNet-121, 56 wide': convSize(5, 32, 1, 9, 56),
      'DenseNet-161, 28 wide, k 48': convSize(4, 48, 1, 10, 28),
      'CIFAR, k 12, 8x8, more channels than stages': convSize(36, 12, 3, 8, 8),
      'CIFAR, k 24, 16x16': convSize(7, 24, 1, 16, 16),
      'CIFAR, k 40, 32 wide': convSize(4, 40, 2, 5, 32),
      'CIFAR stem': convSize(3, 80, 2, 9, 32),
      dropout: dropped(convSize(5, 12, 2, 9, 8), 7, 0.2),
      'dropout of odd maps': dropped(convSize(2, 3, 3, 3, 5), 3, 0.5),
      'wider than a tile, no multiple of it': convSize(2, 4, 1, 3, 83),
    },
    nonFinite: { size: 'DenseNet-121, 14x14' },
    random: { count: 2, size: awkward },
    variants: {
      'prologue, statistics': {},
      prologue: { HAS_STATISTICS: false },
      statistics: { HAS_PROLOGUE: false },
      plain: { HAS_PROLOGUE: false, HAS_STATISTICS: false },
    },
  }),
  suite({
    packedF16: false,
    sizes: {
      'less than a run': convSize(9, 12, 1, 9, 8),
      'a whole run': convSize(16, 12, 1, 9, 8),
      'two runs and one more': convSize(33, 12, 1, 9, 8),
      'enough maps for no slices': convSize(49, 4, 30, 8, 32),
      'DenseNet-121, 28x28': convSize(128, 32, 1, 28, 28),
    },
    random: {
      count: 2,
      size: (r) => convSize(r.integer(1, 100), r.integer(1, 40), r.integer(1, 3), r.integer(1, 9), r.integer(1, 17)),
    },
    variants: {
      'in blocks': { BLOCKED_SUM: true, PARTS: 1 },
      'in blocks, one part at a time': { BLOCKED_SUM: true, PARTS: 2, BLOCKS: 2, SLICES: 1, STAGE: 4 },
    },
  }),
];
