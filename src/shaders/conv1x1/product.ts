// What forward and backward-data share: the parts with their arithmetic, their tile and their uniform; and the parts that
// the family's other kernels use too.

import type { Part } from '../../runtime/kernel.ts';
import { DROPOUT_FIELDS, type Dropout, dropoutValues } from '../parts/dropout.ts';
import columnsSource from './columns.wgsl?raw';
import mergeSource from './merge.wgsl?raw';
import multiplySource from './multiply.wgsl?raw';
import multiplyUnstagedSource from './multiply-unstaged.wgsl?raw';
import productSource from './product.wgsl?raw';
import rowsSource from './rows.wgsl?raw';
import storeSource from './store.wgsl?raw';
import storeF16Source from './store-f16.wgsl?raw';
import { UNSTAGED_DEPTH } from './tiles.ts';

/** `multiply`, its `tile` and constants, `row_in_tile`, `over_columns`. Needs `weight`, `shape`, `source4` and `merge_slices`. */
export const product: Part = {
  name: 'conv1x1/product',
  source: productSource + multiplySource + rowsSource,
  unstaged: {
    source: productSource + multiplyUnstagedSource + rowsSource,
    serves: ({ TILE_K }) => Number(TILE_K) <= UNSTAGED_DEPTH,
  },
};
/** `merge_slices`. Needs SLICES, PLACES, SUMS, MERGED and `tile`. */
export const merge: Part = { name: 'conv1x1/merge', source: mergeSource };
/** `store`, which never writes padding, and `inside`. Needs `out` and `shape`. */
export const store: Part = {
  name: 'conv1x1/store',
  source: columnsSource + storeSource,
  f16Source: columnsSource + storeF16Source,
};

/** A 1x1 convolution of a batch. */
export interface Conv1x1Size extends Dropout {
  /** Channels that the convolution reads (K forward, C backward) and writes (M, B). */
  readonly inputs: number;
  readonly outputs: number;
  /** Pixels of the batch (P), and floats from one channel's row to the next. */
  readonly columns: number;
  readonly stride: number;
}

/** The parameters that product.wgsl states. */
export const PRODUCT_PARAMETERS = { TILE_M: 128, TILE_P: 64, TILE_K: 8, THREAD_M: 8, THREAD_P: 8, SLICES: 1 } as const;

export const PRODUCT_FIELDS = {
  inputs: 'u32',
  outputs: 'u32',
  columns: 'u32',
  stride4: 'u32',
  weight4: 'u32',
  tiles: 'u32',
  ...DROPOUT_FIELDS,
} as const;

/** `packed`: columns of the packed weights. `tiles`: partial results per channel. */
export const productValues = (s: Conv1x1Size, packed: number, tiles: number) => ({
  inputs: s.inputs,
  outputs: s.outputs,
  columns: s.columns,
  stride4: s.stride / 4,
  weight4: packed / 4,
  tiles,
  ...dropoutValues(s),
});
