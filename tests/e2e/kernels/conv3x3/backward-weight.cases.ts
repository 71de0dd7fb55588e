import { backwardWeightSplitK, type Conv3x3WeightSize } from '../../../../src/shaders/conv3x3/backward-weight.ts';
import { backwardWeightCheck } from '../../../../src/shaders/conv3x3/checks.ts';
import type { Conv3x3BackwardSize } from '../../../../src/shaders/conv3x3/size.ts';
import { defineSuite } from '../kernel-suite.ts';
import { awkward, convSize, dropped } from './sizes.ts';

const split = (size: Conv3x3BackwardSize, splitK = backwardWeightSplitK(size)): Conv3x3WeightSize => ({
  ...size,
  splitK,
});

export default defineSuite({
  ...backwardWeightCheck,
  sizes: {
    'one value': split(convSize(1, 1, 1, 1, 1)),
    'one row': split(convSize(2, 5, 1, 1, 17), 2),
    'one column': split(convSize(3, 4, 2, 5, 1), 3),
    'DenseNet-121, 7x7, a split an image': split(convSize(36, 32, 3, 7, 7), 3),
    'DenseNet-121, 14x14': split(convSize(34, 32, 3, 14, 14)),
    'DenseNet-161, 56 wide, its correction starts amid a block': {
      ...split(convSize(9, 48, 1, 9, 56), 6),
      correctionFirst: 11,
    },
    'plain net, k 12, 8x8': split(convSize(70, 12, 3, 8, 8), 2),
    'plain net, k 24, 32 wide': split(convSize(33, 24, 1, 9, 32), 5),
    'CIFAR stem': split(convSize(3, 80, 2, 9, 32)),
    dropout: split(dropped(convSize(6, 12, 2, 9, 8), 7, 0.2)),
    'several runs a split': split(convSize(2, 3, 1, 6, 50), 3),
    'more splits than rows': split(convSize(2, 3, 1, 3, 3), 7),
  },
  nonFinite: {
    size: 'DenseNet-121, 7x7, a split an image',
    // Not in the last column, which the zero gradients beyond it are multiplied with: the gradient of a layer that has
    // read such a value is not finite anywhere.
    allows: (binding, i) => binding !== 'x' || (i % 192) % 7 < 6,
  },
  random: { count: 2, size: (r) => split(awkward(r), r.integer(1, 6)) },
  variants: { prologue: {}, plain: { HAS_PROLOGUE: false } },
});
