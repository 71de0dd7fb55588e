// Stochastic gradient descent with momentum, over a whole arena.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { ARENA_WORKGROUP, arenaGrid } from './arena-grid.ts';
import source from './sgd.wgsl?raw';
import type { ArenaSize } from './square-norm.ts';

/** parameters and momentum [count], updated from gradients [count] times clip[0]. */
export const optimizerSgd = defineKernel({
  id: 'optimizer/sgd',
  source,
  parts: [step],
  parameters: { WORKGROUP: ARENA_WORKGROUP },
  bindings: {
    parameters: write('vec4f', (s: ArenaSize) => s.count / 4),
    gradients: read('vec4f', (s: ArenaSize) => s.count / 4),
    momentum: write('vec4f', (s: ArenaSize) => s.count / 4),
    clip: read('f32', () => 2),
    step: settings(STEP_FIELDS),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ vectors: s.count / 4 }),
  grid: (s) => arenaGrid(s.count),
  cost: (s) => ({ flops: 9 * s.count, bytes: 20 * s.count }),
});
