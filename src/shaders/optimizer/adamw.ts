// AdamW, over a whole arena.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './adamw.wgsl?raw';
import { ARENA_WORKGROUP, arenaGrid } from './arena-grid.ts';
import type { ArenaSize } from './square-norm.ts';

/**
 * parameters, momentum and secondMomentum [count], updated from gradients [count] times clip[0]. The moments' weights
 * are 1 - beta of float32 betas: for moments without bias, take `bias_correction` from the same rounded betas.
 */
export const optimizerAdamw = defineKernel({
  id: 'optimizer/adamw',
  source,
  parts: [step],
  parameters: { WORKGROUP: ARENA_WORKGROUP },
  bindings: {
    parameters: write('vec4f', (s: ArenaSize) => s.count / 4),
    gradients: read('vec4f', (s: ArenaSize) => s.count / 4),
    momentum: write('vec4f', (s: ArenaSize) => s.count / 4),
    secondMomentum: write('vec4f', (s: ArenaSize) => s.count / 4),
    clip: read('f32', () => 2),
    step: settings(STEP_FIELDS),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ vectors: s.count / 4 }),
  grid: (s) => arenaGrid(s.count),
  cost: (s) => ({ flops: 18 * s.count, bytes: 28 * s.count }),
});
