import { backwardDataCheck } from '../../../../src/shaders/stem/checks.ts';
import { defineSuite } from '../kernel-suite.ts';
import { stemSize } from './sizes.ts';

const sevenBySeven = defineSuite({
  ...backwardDataCheck,
  sizes: {
    'one pixel': stemSize(1, 1, 1, 1, 1),
    'an image smaller than the taps': stemSize(2, 9, 3, 2, 5),
    'an odd edge': stemSize(3, 8, 2, 9, 7),
    'one quad more than a tile': stemSize(1, 5, 2, 17, 65),
    'one pixel less than a tile': stemSize(2, 5, 2, 15, 63),
    'more channels than a workgroup takes': stemSize(5, 6, 1, 12, 20),
    'Fashion-MNIST': stemSize(1, 16, 2, 28, 28),
    '32x32, four channels': stemSize(4, 24, 2, 32, 32),
    '64x64': stemSize(3, 64, 1, 64, 64),
    'ImageNet at 224x224': stemSize(3, 7, 2, 224, 224),
  },
  nonFinite: { size: 'an odd edge' },
  random: {
    count: 4,
    size: (r) => stemSize(r.integer(1, 5), r.pick([1, 7, 16, 33]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40)),
  },
});

const threeByThree = defineSuite({
  ...backwardDataCheck,
  sizes: {
    '3x3, one pixel': stemSize(1, 1, 1, 1, 1, 3),
    '3x3, an image smaller than the taps': stemSize(2, 9, 3, 2, 1, 3),
    '3x3, an odd edge': stemSize(4, 7, 5, 9, 7, 3),
    '3x3, one quad more than a tile': stemSize(1, 5, 2, 17, 65, 3),
    '3x3, one pixel less than a tile': stemSize(2, 5, 2, 15, 63, 3),
    '3x3, more channels than a workgroup takes': stemSize(5, 6, 1, 12, 20, 3),
    '3x3, a deep stem at 224x224': stemSize(3, 8, 1, 224, 224, 3),
  },
  nonFinite: { size: '3x3, an odd edge' },
  random: {
    count: 4,
    size: (r) =>
      stemSize(r.integer(1, 5), r.pick([1, 7, 16, 33]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40), 3),
  },
});

export default [sevenBySeven, threeByThree];
