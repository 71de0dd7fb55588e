// LAMB's norms, first half: sums of squares per block of the arena.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { groups, lanes } from '../parts/parts.ts';
import { ARENA_BLOCK, ARENA_WORKGROUP, type ArenaSize, arenaGrid, clipFloats } from './arena.ts';
import { LAMB_FIELDS, lambDirection } from './lamb.ts';
import source from './lamb-norms.wgsl?raw';

const vectors = ({ count }: ArenaSize) => count / 4;
const blocks = ({ count }: ArenaSize) => count / ARENA_BLOCK;

/** Parameters, gradients and state [count] -> squares [count / 64]: the sums of squares of a block's parameters and directions. */
export const optimizerLambNorms = defineKernel({
  id: 'optimizer/lamb-norms',
  source,
  parts: [groups, lambDirection, lanes],
  parameters: { WORKGROUP: ARENA_WORKGROUP, GROUPED: false },
  bindings: {
    parameters: read('vec4f', vectors),
    gradients: read('vec4f', vectors),
    exp_avg: read('vec4f', vectors),
    exp_avg_sq: read('vec4f', vectors),
    clip: read('f32', (s: ArenaSize, p) => clipFloats(s, p.GROUPED === true)),
    squares: write('vec2f', blocks),
    update: settings(LAMB_FIELDS),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ vectors: vectors(s) }),
  grid: arenaGrid,
  cost: ({ count }) => ({ flops: 22 * count, bytes: 16 * count + 8 * (count / ARENA_BLOCK) }),
});
