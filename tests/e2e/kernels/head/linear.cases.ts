import { linearReference } from '../../../../src/shaders/head/checks.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomHeadSize, SIZES } from './sizes.ts';

export default defineSuite({
  ...linearReference,
  sizes: SIZES,
  random: { count: 3, size: randomHeadSize },
  nonFinite: { size: 'one more than a tile each way' },
  inputs: (s, random) => ({
    weight: vector(random, s.classes * s.channels),
    bias: vector(random, s.classes),
    pooled: vector(random, s.channels * s.images),
  }),
});
