import { headPoolBackward, poolBackwardTiles } from '../../../../src/shaders/head/pool-backward.ts';
import { poolBackward } from '../../../../src/shaders/head/reference.ts';
import { affines, matrix, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { POOL_SIZES, randomPoolSize } from './sizes.ts';

const TILE = 256;

export default defineSuite({
  kernel: headPoolBackward,
  sizes: POOL_SIZES,
  random: { count: 3, size: randomPoolSize },
  variants: { '': {}, 'a constant norm': { HAS_SUMS: false } },
  nonFinite: { size: 'one pixel more than a tile' },
  inputs: (s, random) => ({
    dpooled: vector(random, s.channels * s.images),
    x: matrix(random, s.channels, s.images * s.area, s.stride),
    affine: affines(random, s.channels),
  }),
  reference: (s, { dpooled = [], x = [], affine = [] }, { HAS_SUMS }) => {
    const { out, sums } = poolBackward(s, dpooled, x, affine, TILE);
    return HAS_SUMS ? { out, sums } : { out };
  },
  // A division of 2.5 ulp, the scale; then four additions and six more, over 64 invocations.
  roundings: () => 5 + 2 + 4 + 6,
  place: (binding, i, s) =>
    binding === 'sums'
      ? `channel ${Math.floor(i / 2 / poolBackwardTiles(s))}, tile ${Math.floor(i / 2) % poolBackwardTiles(s)}`
      : `channel ${Math.floor(i / s.stride)}, column ${i % s.stride}`,
});
