// The exponential moving average of weights and running statistics.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { settled, VERDICT_WORDS } from '../parts/verdict.ts';
import { ARENA_WORKGROUP, type ArenaSize, arenaGrid } from './arena.ts';
import source from './average.wgsl?raw';

/** `weight`: 1 - decay, `rest`: the decay, each rounded by itself. */
export const AVERAGE_FIELDS = { weight: 'f32', rest: 'f32' } as const;

const vectors = ({ count }: ArenaSize) => count / 4;

/** average [count] moves by `weight` of the way to values [count], where `settled` allows it. */
export const optimizerAverage = defineKernel({
  id: 'optimizer/average',
  source,
  parts: [settled],
  parameters: { WORKGROUP: ARENA_WORKGROUP },
  bindings: {
    average: write('vec4f', vectors),
    values: read('vec4f', vectors),
    settled: read('vec4u', () => VERDICT_WORDS / 4),
    decay: settings(AVERAGE_FIELDS),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ vectors: vectors(s) }),
  grid: arenaGrid,
  cost: ({ count }) => ({ flops: 3 * count, bytes: 12 * count }),
});
