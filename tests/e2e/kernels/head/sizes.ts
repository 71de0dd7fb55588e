// Sizes that the head's suites share.

import type { HeadPoolSize, HeadSize } from '../../../../src/shaders/head/shapes.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';

const poolSize = (channels: number, images: number, area: number): HeadPoolSize => ({
  channels,
  images,
  area,
  stride: Math.ceil((images * area) / 64) * 64,
});
const size = (channels: number, classes: number, images: number): HeadSize => ({ channels, classes, images });

export const POOL_SIZES = {
  'one pixel': poolSize(1, 1, 1),
  'images of one pixel': poolSize(5, 9, 1),
  'more images than fit a workgroup': poolSize(3, 9, 6),
  'one pixel more than a tile': poolSize(2, 1, 257),
  'one pixel less than a tile': poolSize(2, 5, 51),
  'CIFAR, BC-100-12': poolSize(342, 2, 64),
  'DenseNet-121': poolSize(1024, 3, 49),
  'workgroups beyond one row of the grid': poolSize(700, 30, 1),
};

export const randomPoolSize = (r: Random): HeadPoolSize =>
  poolSize(r.pick([1, 17, 130]), r.integer(1, 9), r.integer(1, 300));

export const SIZES = {
  'one of each': size(1, 1, 1),
  'two classes': size(3, 2, 5),
  'one more than a tile each way': size(65, 17, 17),
  'one less than a tile each way': size(63, 15, 15),
  'the bias is a tile of its own': size(64, 16, 2),
  'CIFAR, BC-100-12': size(342, 10, 7),
  'DenseNet-121': size(1024, 1000, 2),
  'DenseNet-264, one image': size(2688, 100, 1),
};

export const randomHeadSize = (r: Random): HeadSize =>
  size(r.integer(1, 300), r.pick([1, 2, 10, 101]), r.integer(1, 40));
