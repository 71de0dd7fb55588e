// Layers at a batch size -> the sizes that kernels take, and the parameters they then choose. The one place where the
// network's words (inputs, outputs, map) meet the kernels'.

import type { Network } from '../network.ts';
import type { Grid } from './feature-map.ts';

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
