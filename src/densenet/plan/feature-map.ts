// A matrix of channels in GPU memory: [C][stride] values, float32 or f16, a channel's N x H x W values in one row. A
// slice of channels is a range of bytes, which is why concatenation copies nothing. Here the network's terms (inputs,
// outputs, map) become the sizes that kernels take.

import { roundUp } from '../../runtime/kernel.ts';
import { type Region, slice } from '../../runtime/program.ts';
import type { MapSize } from '../config.ts';
import type { Network } from '../network.ts';

/**
 * How features are stored: float32, or f16, two per word, which is half the memory and half the traffic and needs no feature
 * of the GPU. Arithmetic, statistics, sums, weights, their gradients and the optimizer are float32 in either; so are the
 * gradients of features, which need no loss scaling for that reason. 'f16-matrix' is 'f16-storage' whose forward 1x1 and 3x3
 * convolutions also round what they multiply to f16, for subgroup matrices with float32 sums: not every GPU has them.
 */
export type Precision = 'f32' | 'f16-storage' | 'f16-matrix';
/** Those that every GPU has. */
export const PORTABLE_PRECISIONS = ['f32', 'f16-storage'] as const satisfies readonly Precision[];
export const PRECISIONS = [...PORTABLE_PRECISIONS, 'f16-matrix'] as const satisfies readonly Precision[];

/** Whether features are stored as f16. */
export const storesF16 = (precision: Precision): boolean => precision !== 'f32';

/** Rows start at multiples of 256 bytes, where a binding may start: so many values of the smallest kind in a plan. */
const ROW_ALIGNMENT: Readonly<Record<Precision, number>> = { f32: 64, 'f16-storage': 128, 'f16-matrix': 128 };

/** A map size times a batch: how many columns a channel's row has, and how far apart rows lie. */
export class Grid {
  /** Values of a channel: images x height x width. */
  readonly columns: number;
  /** Values from one channel's row to the next. */
  readonly stride: number;

  constructor(
    /** The batch. */
    readonly images: number,
    /** Height and width. */
    readonly map: MapSize,
    precision: Precision = 'f32',
  ) {
    this.columns = images * map.height * map.width;
    this.stride = roundUp(this.columns, ROW_ALIGNMENT[precision]);
  }

  /** Bytes of `channels` rows of float32, or of f16 values. */
  bytes(channels: number, packedF16 = false): number {
    return channels * this.stride * (packedF16 ? 2 : 4);
  }
}

/** Channels in GPU memory, [C][stride]: a channel's N x H x W values in one row. */
export class FeatureMap {
  constructor(
    /** Where it lies. */
    readonly region: Region,
    /** Its size and row stride. */
    readonly grid: Grid,
  ) {}

  /** Channels [first, first + count): a view, not a copy. */
  rows(first: number, count: number): Region {
    const { packedF16 } = this.region.buffer;
    return slice(this.region, this.grid.bytes(first, packedF16), this.grid.bytes(count, packedF16));
  }
}

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
