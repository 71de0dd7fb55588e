// What forward and backward-data share: the parts with their arithmetic, and their uniform.

import type { Part } from '../../runtime/kernel.ts';
import { DROPOUT_FIELDS, dropoutValues } from '../parts/dropout.ts';
import directSource from './direct.wgsl?raw';
import stagedSource from './direct-staged.wgsl?raw';
import unstagedSource from './direct-unstaged.wgsl?raw';
import mergeSource from './merge.wgsl?raw';
import type { Conv3x3Size } from './size.ts';
import { packedBy, type Tile, tileCounts } from './tile.ts';

/** Staging and arithmetic of a direct 3x3 convolution. */
export const direct: Part = {
  name: 'direct',
  source: directSource + stagedSource,
  unstaged: { source: directSource + unstagedSource, serves: ({ STAGE }) => STAGE === 0 },
};
/** Sums across its workgroup. */
export const merge: Part = { name: 'merge', source: mergeSource };

export const DIRECT_FIELDS = {
  inputs: 'u32',
  outputs: 'u32',
  rows: 'u32',
  height: 'u32',
  width: 'u32',
  stride: 'u32',
  stages: 'u32',
  packed: 'u32',
  strips: 'u32',
  tiles: 'u32',
  ...DROPOUT_FIELDS,
} as const;

/** Workgroups over a channel's maps: the length of a channel's partials. */
export function tilesOf(size: Conv3x3Size, tile: Tile): number {
  const [strips, bands] = tileCounts(size, tile);
  return strips * bands;
}

/** vec4s of the packed weights. */
export function packedLength(inputs: number, outputs: number, tile: Tile): number {
  const { rows, taps, columns } = packedBy(inputs, outputs, tile);
  return (rows * taps * columns) / 4;
}

/** `inputs` are contracted, `outputs` are written. */
export function directValues(size: Conv3x3Size, inputs: number, outputs: number, tile: Tile) {
  const packed = packedBy(inputs, outputs, tile);
  return {
    inputs,
    outputs,
    rows: size.images * size.height,
    height: size.height,
    width: size.width,
    stride: size.stride,
    stages: tile.STAGE === 0 ? 1 : packed.rows / tile.STAGE,
    packed: packed.columns / 4,
    strips: tileCounts(size, tile)[0],
    tiles: tilesOf(size, tile),
    ...dropoutValues(size),
  };
}
