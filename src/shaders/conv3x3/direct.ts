// The parts that forward and backward-data share.

import type { Part } from '../../runtime/kernel.ts';
import directSource from './direct.wgsl?raw';
import mergeSource from './merge.wgsl?raw';

/** Staging and arithmetic of a direct 3x3 convolution. */
export const direct: Part = { name: 'direct', source: directSource };
/** Sums across its workgroup. */
export const merge: Part = { name: 'merge', source: mergeSource };
