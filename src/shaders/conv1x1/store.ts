// The family's own part: how a tile's rows reach `out`, which forward and backward-data lay out alike.

import type { Part } from '../../runtime/kernel.ts';
import source from './store.wgsl?raw';

/** `store`: four columns of a row of `out`, never its padding. Needs `out`, `shape.stride4` and `shape.columns`. */
export const store: Part = { name: 'store', source };
