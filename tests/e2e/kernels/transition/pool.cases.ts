import { affines, matrix } from '../../../../src/shaders/random-inputs.ts';
import { poolReference } from '../../../../src/shaders/transition/checks.ts';
import type { PoolSize } from '../../../../src/shaders/transition/pool.ts';
import { defineSuite } from '../kernel-suite.ts';

const size = (channels: number, images: number, height: number, width: number): PoolSize => ({
  channels,
  images,
  height,
  width,
  stride: Math.ceil((images * height * width) / 64) * 64,
  outStride: Math.max(64, Math.ceil((images * (height >> 1) * (width >> 1)) / 64) * 64),
});

export default defineSuite({
  ...poolReference,
  sizes: {
    'an odd edge is dropped': size(3, 5, 7, 9),
    'one window': size(1, 1, 2, 2),
    'a window and an edge': size(2, 1, 3, 3),
    'many workgroups': size(5, 3, 16, 24),
  },
  random: { count: 3, size: (r) => size(r.pick([1, 2, 130]), r.integer(1, 9), r.integer(2, 33), r.integer(2, 33)) },
  nonFinite: { size: 'an odd edge is dropped' },
  inputs: (s, random) => ({
    x: matrix(random, s.channels, s.images * s.height * s.width, s.stride),
    affine: affines(random, s.channels),
  }),
});
