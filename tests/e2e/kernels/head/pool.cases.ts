import { headPool } from '../../../../src/shaders/head/pool.ts';
import { pool } from '../../../../src/shaders/head/reference.ts';
import { affines, matrix } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { POOL_SIZES, randomPoolSize } from './sizes.ts';

export default defineSuite({
  kernel: headPool,
  sizes: POOL_SIZES,
  random: { count: 3, size: randomPoolSize },
  nonFinite: { size: 'more images than fit a workgroup' },
  inputs: (s, random) => ({
    x: matrix(random, s.channels, s.images * s.area, s.stride),
    affine: affines(random, s.channels),
  }),
  reference: (s, { x = [], affine = [] }) => ({ out: pool(s, x, affine) }),
  // An invocation adds every LANES-th pixel; then a pairwise sum, and a division of 2.5 ulp.
  roundings: (s, { LANES }) => Math.ceil(s.area / LANES) + 6 + 5,
  place: (_, i, s) => `channel ${Math.floor(i / s.images)}, image ${i % s.images}`,
});
