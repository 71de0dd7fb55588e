// A matrix of channels in GPU memory: [C][stride] floats, a channel's N x H x W values in one row. A slice of channels
// is a range of bytes, which is why concatenation copies nothing.

import { roundUp } from '../../runtime/kernel.ts';
import { type Region, slice } from '../../runtime/program.ts';
import type { MapSize } from '../config.ts';

/** Rows start at multiples of 64 floats: 256 bytes, where a binding may start. */
const ROW_ALIGNMENT = 64;

/** A map size times a batch: how many columns a channel's row has, and how far apart rows lie. */
export class Grid {
  readonly columns: number;
  readonly stride: number;

  constructor(
    readonly images: number,
    readonly map: MapSize,
  ) {
    this.columns = images * map.height * map.width;
    this.stride = roundUp(this.columns, ROW_ALIGNMENT);
  }

  /** Bytes of `channels` rows. */
  bytes(channels: number): number {
    return channels * this.stride * 4;
  }
}

export class FeatureMap {
  constructor(
    readonly region: Region,
    readonly grid: Grid,
  ) {}

  /** Channels [first, first + count): a view, not a copy. */
  rows(first: number, count: number): Region {
    return slice(this.region, this.grid.bytes(first), this.grid.bytes(count));
  }
}
