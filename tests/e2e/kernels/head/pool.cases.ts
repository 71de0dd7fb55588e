import { poolReference } from '../../../../src/shaders/head/checks.ts';
import { affines, matrix } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { POOL_SIZES, randomPoolSize } from './sizes.ts';

export default defineSuite({
  ...poolReference,
  sizes: POOL_SIZES,
  random: { count: 3, size: randomPoolSize },
  nonFinite: { size: 'more images than fit a workgroup' },
  inputs: (s, random) => ({
    x: matrix(random, s.channels, s.images * s.area, s.stride),
    affine: affines(random, s.channels),
  }),
});
