import { forwardCheck } from '../../../../src/shaders/stem/checks.ts';
import { defineSuite } from '../kernel-suite.ts';
import { stemSize } from './sizes.ts';

export default defineSuite({
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
  variants: {
    plain: {},
    statistics: { HAS_STATISTICS: true },
    bias: { HAS_BIAS: true },
    'in blocks': { HAS_STATISTICS: true, BLOCKED_SUM: true },
  },
});
