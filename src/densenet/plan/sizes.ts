// Layers at a batch size -> the sizes that kernels take, and the parameters they then choose. The one place where the
// network's words (inputs, outputs, map) meet the kernels'.

import { NO_DROPOUT } from '../../shaders/parts/dropout.ts';
import type { Convolution, Network } from '../network.ts';
import type { Grid } from './feature-map.ts';

export const conv1x1Size = (conv: Convolution, { columns, stride }: Grid, dropout = NO_DROPOUT) => ({
  inputs: conv.inputs,
  outputs: conv.outputs,
  columns,
  stride,
  ...dropout,
});

export const conv3x3Size = (conv: Convolution, { images, map, stride }: Grid, dropout = NO_DROPOUT) => ({
  inputs: conv.inputs,
  outputs: conv.outputs,
  images,
  height: map.height,
  width: map.width,
  stride,
  ...dropout,
});

/** input: the image's grid; output: that of the stem's convolution. */
export const stemSize = (conv: Convolution, input: Grid, output: Grid) => ({
  inputs: conv.inputs,
  outputs: conv.outputs,
  images: input.images,
  height: input.map.height,
  width: input.map.width,
  stride: input.stride,
  outStride: output.stride,
});

/** Pooling from one grid to a smaller one. */
export const poolSize = (channels: number, from: Grid, to: Grid) => ({
  channels,
  images: from.images,
  height: from.map.height,
  width: from.map.width,
  stride: from.stride,
  outStride: to.stride,
});

export const headSize = (channels: number, network: Network, images: number) => ({
  channels,
  classes: network.config.classes,
  images,
});
