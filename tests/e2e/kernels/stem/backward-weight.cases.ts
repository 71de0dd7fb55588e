import { backwardWeightSplitK } from '../../../../src/shaders/stem/backward-weight.ts';
import { backwardWeightCheck } from '../../../../src/shaders/stem/checks.ts';
import type { StemSize } from '../../../../src/shaders/stem/shapes.ts';
import { defineSuite } from '../kernel-suite.ts';
import { stemSize } from './sizes.ts';

const split = (s: StemSize, splitK = backwardWeightSplitK(s)) => ({ ...s, splitK });

const sevenBySeven = defineSuite({
  ...backwardWeightCheck,
  sizes: {
    'one pixel': split(stemSize(1, 1, 1, 1, 1)),
    'an image smaller than the taps': split(stemSize(2, 9, 3, 2, 5)),
    'an odd edge, a share that is empty': split(stemSize(3, 8, 2, 9, 7), 9),
    'one column more than a tile': split(stemSize(1, 17, 2, 5, 33)),
    'one column less than a tile': split(stemSize(1, 65, 2, 5, 29)),
    'more channels than a workgroup takes': split(stemSize(5, 24, 1, 12, 20)),
    'Fashion-MNIST': split(stemSize(1, 16, 2, 28, 28)),
    '32x32, four channels': split(stemSize(4, 24, 2, 32, 32)),
    '64x64, one share': split(stemSize(3, 64, 1, 64, 64), 1),
    'ImageNet at 224x224': split(stemSize(3, 16, 2, 224, 224)),
    'ImageNet at 224x224, a map of 64': split(stemSize(3, 64, 1, 224, 224)),
  },
  nonFinite: {
    size: 'an odd edge, a share that is empty',
    // Not in the last pixels of a row, which the zero gradients beyond the map's edge are multiplied with: no more than a
    // weight that sees no such pixel could tell, and no gradient of such an image is finite.
    allows: (binding, i) => binding !== 'x' || ((i % 128) % 7) + 3 < 2 * 4,
  },
  random: {
    count: 4,
    size: (r) =>
      split(
        stemSize(r.integer(1, 5), r.pick([1, 7, 16, 70]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40)),
        r.integer(1, 7),
      ),
  },
});

const threeByThree = defineSuite({
  ...backwardWeightCheck,
  sizes: {
    '3x3, one pixel': split(stemSize(1, 1, 1, 1, 1, 3)),
    '3x3, an image smaller than the taps': split(stemSize(2, 9, 3, 2, 1, 3)),
    '3x3, an odd edge, a share that is empty': split(stemSize(4, 7, 5, 9, 7, 3), 26),
    '3x3, one column more than a tile': split(stemSize(1, 17, 2, 5, 33, 3)),
    '3x3, one column less than a tile': split(stemSize(1, 65, 2, 5, 29, 3)),
    '3x3, more channels than a workgroup takes': split(stemSize(5, 24, 1, 12, 20, 3)),
    '3x3, a deep stem at 224x224': split(stemSize(3, 32, 1, 224, 224, 3)),
  },
  nonFinite: {
    size: '3x3, an odd edge, a share that is empty',
    // As with seven taps: not in a pixel that the zero gradients beyond the map's edge are multiplied with.
    allows: (binding, i) => binding !== 'x' || ((i % 320) % 7) + 1 < 2 * 4,
  },
  random: {
    count: 4,
    size: (r) =>
      split(
        stemSize(r.integer(1, 5), r.pick([1, 7, 16, 70]), r.integer(1, 4), r.integer(1, 40), r.integer(1, 40), 3),
        r.integer(1, 7),
      ),
  },
});

export default [sevenBySeven, threeByThree];
