import { correctReference } from '../../../../src/shaders/gradient/checks.ts';
import type { GradientCorrectSize } from '../../../../src/shaders/gradient/correct.ts';
import { corrections, matrix } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';

const size = (channels: number, columns: number): GradientCorrectSize => ({
  channels,
  columns,
  stride: Math.ceil(columns / 64) * 64,
});

export default defineSuite({
  ...correctReference,
  sizes: {
    'one value': size(1, 1),
    'one less than a workgroup takes': size(3, 255),
    'one more than a workgroup takes': size(2, 257),
    'densenet121 stem in miniature': size(64, 784),
  },
  random: { count: 2, size: (r) => size(r.integer(1, 70), r.integer(1, 900)) },
  nonFinite: { size: 'one more than a workgroup takes' },
  inputs: (s, random) => ({
    gradient: matrix(random, s.channels, s.columns, s.stride),
    y: matrix(random, s.channels, s.columns, s.stride),
    correction: corrections(random, s.channels),
  }),
});
