// Stochastic gradient descent with momentum, over a whole arena.

import { defineKernel, optionalRead, optionalWrite, read, settings, shape, write } from '../../runtime/kernel.ts';
import { finite, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { settled, VERDICT_WORDS, verdict } from '../parts/verdict.ts';
import { ARENA_WORKGROUP, type ArenaSize, arenaGrid } from './arena.ts';
import source from './sgd.wgsl?raw';

/**
 * parameters and momentum [count], updated from gradients [count] times clip[0], where `settled` allows it. APPLIES false:
 * they stay, and the first place whose next values are not finite is noted in `verdict`.
 */
export const optimizerSgd = defineKernel({
  id: 'optimizer/sgd',
  source,
  parts: [finite, settled, step, verdict],
  parameters: { WORKGROUP: ARENA_WORKGROUP, APPLIES: true },
  bindings: {
    parameters: write('vec4f', (s: ArenaSize) => s.count / 4),
    gradients: read('vec4f', (s: ArenaSize) => s.count / 4),
    momentum: write('vec4f', (s: ArenaSize) => s.count / 4),
    clip: read('f32', () => 2),
    verdict: optionalWrite('atomic<u32>', (_: ArenaSize, p) => (p.APPLIES ? 0 : VERDICT_WORDS)),
    settled: optionalRead('vec4u', (_: ArenaSize, p) => (p.APPLIES ? VERDICT_WORDS / 4 : 0)),
    step: settings(STEP_FIELDS),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ vectors: s.count / 4 }),
  grid: (s) => arenaGrid(s.count),
  cost: (s, { APPLIES }) => ({ flops: 9 * s.count, bytes: (APPLIES ? 20 : 12) * s.count }),
});
