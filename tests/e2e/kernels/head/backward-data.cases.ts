import { headBackwardData } from '../../../../src/shaders/head/backward-data.ts';
import { backwardData } from '../../../../src/shaders/head/reference.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomHeadSize, SIZES } from './sizes.ts';

export default defineSuite({
  kernel: headBackwardData,
  sizes: SIZES,
  random: { count: 3, size: randomHeadSize },
  nonFinite: { size: 'one more than a tile each way' },
  inputs: (s, random) => ({
    weight: vector(random, s.classes * s.channels),
    dlogits: vector(random, s.classes * s.images),
  }),
  reference: (s, { weight = [], dlogits = [] }) => ({ out: backwardData(s, weight, dlogits) }),
  // An invocation adds every 8th class; then a pairwise sum of 8.
  roundings: (s) => Math.ceil(s.classes / 8) + 3,
  place: (_, i, s) => `channel ${Math.floor(i / s.images)}, image ${i % s.images}`,
});
