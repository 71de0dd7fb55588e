import { forwardCheck } from '../../../../src/shaders/stem/checks.ts';
import { defineSuite } from '../kernel-suite.ts';
import { stemSize } from './sizes.ts';

const VARIANTS = {
  plain: {},
  statistics: { HAS_STATISTICS: true },
  bias: { HAS_BIAS: true },
  'in blocks': { HAS_STATISTICS: true, BLOCKED_SUM: true },
};

const sevenBySeven = defineSuite({
  ...forwardCheck,
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
  nonFinite: { size: 'an odd edge' },
  random: {
    count: 4,
    size: (r) => stemSize(r.integer(1, 4), r.pick([1, 7, 16, 33]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40)),
  },
  packedF16: 'in blocks',
  variants: VARIANTS,
});

const threeByThree = defineSuite({
  ...forwardCheck,
  sizes: {
    '3x3, one pixel': stemSize(1, 1, 1, 1, 1, 3),
    '3x3, an image smaller than the taps': stemSize(2, 9, 3, 2, 1, 3),
    '3x3, an odd edge': stemSize(4, 7, 5, 9, 7, 3),
    '3x3, one more than a tile': stemSize(1, 33, 1, 9, 113, 3),
    '3x3, one less than a tile': stemSize(1, 31, 2, 7, 109, 3),
    '3x3, a map as narrow as a piece': stemSize(3, 16, 2, 29, 15, 3),
    '3x3, a deep stem at 224x224': stemSize(3, 32, 1, 224, 224, 3),
  },
  nonFinite: { size: '3x3, an odd edge' },
  random: {
    count: 4,
    size: (r) =>
      stemSize(r.integer(1, 4), r.pick([1, 7, 16, 33]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40), 3),
  },
  packedF16: 'in blocks',
  variants: VARIANTS,
});

export default [sevenBySeven, threeByThree];
