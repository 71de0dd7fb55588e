import { backwardReference } from '../../../../src/shaders/pool/checks.ts';
import { forward } from '../../../../src/shaders/pool/reference.ts';
import { pooledColumns } from '../../../../src/shaders/pool/shapes.ts';
import { affines, corrections, matrix } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomSize, SIZES } from './sizes.ts';

export default defineSuite({
  ...backwardReference,
  sizes: SIZES,
  random: { count: 4, size: randomSize },
  variants: { '': {}, 'a constant norm': { HAS_SUMS: false } },
  nonFinite: { size: 'an odd edge' },
  inputs: (s, random) => {
    // Coarse values: most windows have several equal maxima, or none above zero.
    const x = matrix(random, s.channels, s.images * s.height * s.width, s.stride).map((v) => Math.round(v / 2) * 2);
    const affine = affines(random, s.channels);
    const y = matrix(random, s.channels, pooledColumns(s), s.outStride);
    forward(s, x, affine).values.forEach((value, i) => {
      if (!Number.isNaN(value)) y[i] = value;
    });
    const gradient = matrix(random, s.channels, pooledColumns(s), s.outStride);
    return { gradient, y, correction: corrections(random, s.channels), x, affine };
  },
});
