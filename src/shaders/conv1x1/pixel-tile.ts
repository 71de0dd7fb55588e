// The family's own part: the tile that forward and backward-data compute alike.

import type { Part } from '../../runtime/kernel.ts';
import source from './pixel-tile.wgsl?raw';

/** `tile` and its sizes, `inside`, and `store`, which never writes padding. Needs `out`, `shape` and the TILE constants. */
export const pixelTilePart: Part = { name: 'conv1x1/pixel-tile', source };
