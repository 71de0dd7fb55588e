import { headLinear } from '../../../../src/shaders/head/linear.ts';
import { linear } from '../../../../src/shaders/head/reference.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { randomHeadSize, SIZES } from './sizes.ts';

export default defineSuite({
  kernel: headLinear,
  sizes: SIZES,
  random: { count: 3, size: randomHeadSize },
  nonFinite: { size: 'one more than a tile each way' },
  inputs: (s, random) => ({
    weight: vector(random, s.classes * s.channels),
    bias: vector(random, s.classes),
    pooled: vector(random, s.channels * s.images),
  }),
  reference: (s, { weight = [], bias = [], pooled = [] }) => ({ out: linear(s, weight, bias, pooled) }),
  // An invocation adds every 64th channel; then a pairwise sum of 64, and the bias.
  roundings: (s) => Math.ceil(s.channels / 64) + 7,
  place: (_, i, s) => `image ${Math.floor(i / s.classes)}, class ${i % s.classes}`,
});
