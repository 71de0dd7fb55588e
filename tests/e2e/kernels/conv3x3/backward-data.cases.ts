import { backwardDataCheck } from '../../../../src/shaders/conv3x3/checks.ts';
import { defineSuite } from '../kernel-suite.ts';
import { awkward, convSize, dropped } from './sizes.ts';

export default defineSuite({
  ...backwardDataCheck,
  sizes: {
    'one value': convSize(1, 1, 1, 1, 1),
    'one row, one column more than a piece': convSize(5, 2, 1, 1, 8),
    'one column': convSize(3, 4, 2, 5, 1),
    'DenseNet-121, 7x7': convSize(128, 32, 1, 7, 7),
    'DenseNet-121, 14x14': convSize(20, 32, 2, 14, 14),
    'DenseNet-161, 56 wide, its correction starts amid a block': { ...convSize(72, 48, 1, 9, 56), correctionFirst: 11 },
    'plain net, k 12, 8x8': convSize(172, 12, 3, 8, 8),
    'plain net, k 24, 32 wide': convSize(40, 24, 1, 9, 32),
    'CIFAR stem': convSize(3, 16, 2, 9, 32),
    dropout: dropped(convSize(12, 5, 2, 9, 8), 7, 0.2),
    'wider than a tile, no multiple of it': convSize(4, 2, 1, 3, 83),
  },
  nonFinite: { size: 'one row, one column more than a piece' },
  random: { count: 2, size: awkward },
  variants: {
    bottleneck: { EPILOGUE: 1 },
    adds: { EPILOGUE: 2 },
    'adds through a constant norm': { EPILOGUE: 2, HAS_SUMS: false },
    stores: { EPILOGUE: 0 },
  },
});
