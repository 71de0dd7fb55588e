import { poolBackwardReference } from '../../../../src/shaders/head/checks.ts';
import { affines, matrix, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { POOL_SIZES, randomPoolSize } from './sizes.ts';

export default defineSuite({
  ...poolBackwardReference,
  sizes: POOL_SIZES,
  random: { count: 3, size: randomPoolSize },
  variants: { '': {}, 'a constant norm': { HAS_SUMS: false } },
  nonFinite: { size: 'one pixel more than a tile' },
  inputs: (s, random) => ({
    dpooled: vector(random, s.channels * s.images),
    x: matrix(random, s.channels, s.images * s.area, s.stride),
    affine: affines(random, s.channels),
  }),
});
