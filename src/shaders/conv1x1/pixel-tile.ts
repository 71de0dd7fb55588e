// The family's own parts: how slices end, and the tile that forward and backward-data compute alike.

import type { Part } from '../../runtime/kernel.ts';
import mergeSource from './merge.wgsl?raw';
import source from './pixel-tile.wgsl?raw';
import storeSource from './store.wgsl?raw';
import storeF16Source from './store-f16.wgsl?raw';

/** `merge_slices`. Needs SLICES, PLACES, SUMS, MERGED and `tile`. */
export const mergePart: Part = { name: 'conv1x1/merge', source: mergeSource };
/** `tile` and its sizes, `inside`. Needs `shape` and the TILE constants. */
export const pixelTilePart: Part = { name: 'conv1x1/pixel-tile', source };
/** `store`, which never writes padding. Needs `out`, `shape` and `inside`. */
export const storePart: Part = { name: 'conv1x1/store', source: storeSource, f16Source: storeF16Source };
