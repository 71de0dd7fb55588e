// LAMB's norms, second half: the trust ratio of every tensor.

import { defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import { lanes } from '../parts/parts.ts';
import { ARENA_BLOCK, type ArenaSize } from './arena.ts';
import source from './lamb-trust.wgsl?raw';

export interface LambTrustSize extends ArenaSize {
  readonly tensors: number;
}

const blocks = ({ count }: LambTrustSize) => count / ARENA_BLOCK;

/** squares [count / 64] of `optimizer/lamb-norms`, tensors [tensors]: first block and blocks -> trust [count / 64]. */
export const optimizerLambTrust = defineKernel({
  id: 'optimizer/lamb-trust',
  source,
  parts: [lanes],
  parameters: { WORKGROUP: 256 },
  bindings: {
    squares: read('vec2f', blocks),
    tensors: read('vec2u', (s: LambTrustSize) => s.tensors),
    trust: write('f32', blocks),
    shape: shape({ tensors: 'u32' }),
  },
  shape: (s: LambTrustSize) => ({ tensors: s.tensors }),
  grid: (s) => [s.tensors, 1, 1],
  cost: (s) => ({ flops: 2 * blocks(s), bytes: 12 * blocks(s) + 8 * s.tensors }),
});
