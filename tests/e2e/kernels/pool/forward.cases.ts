import { forwardReference } from '../../../../src/shaders/pool/checks.ts';
import { affines, matrix } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomSize, SIZES } from './sizes.ts';

export default defineSuite({
  ...forwardReference,
  sizes: SIZES,
  random: { count: 3, size: randomSize },
  packedF16: 'statistics',
  variants: { plain: {}, statistics: { HAS_STATISTICS: true } },
  nonFinite: { size: 'an odd edge' },
  inputs: (s, random) => ({
    x: matrix(random, s.channels, s.images * s.height * s.width, s.stride),
    affine: affines(random, s.channels),
  }),
});
