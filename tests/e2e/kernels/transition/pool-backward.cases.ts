import { affines, matrix } from '../../../../src/shaders/random-inputs.ts';
import { poolBackwardReference } from '../../../../src/shaders/transition/checks.ts';
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
  ...poolBackwardReference,
  sizes: {
    'an odd edge gets nothing': size(3, 5, 7, 9),
    'one window': size(1, 1, 2, 2),
    'no window at all': size(2, 3, 1, 1),
    'a window and an edge': size(2, 1, 3, 3),
    'one window more than a tile': size(2, 257, 2, 2),
    'many workgroups': size(5, 3, 16, 24),
    'the first transition of DenseNet-121, few channels': size(3, 1, 56, 56),
  },
  random: { count: 3, size: (r) => size(r.pick([1, 2, 70]), r.integer(1, 9), r.integer(1, 33), r.integer(1, 33)) },
  nonFinite: { size: 'an odd edge gets nothing' },
  variants: { '': {}, 'a constant norm': { HAS_SUMS: false } },
  inputs: (s, random) => ({
    dpooled: matrix(random, s.channels, s.images * (s.height >> 1) * (s.width >> 1), s.outStride),
    x: matrix(random, s.channels, s.images * s.height * s.width, s.stride),
    affine: affines(random, s.channels),
  }),
});
