// The gradient's global norm, second half: the norm, and the factor that clips it.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { lanes, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import type { ArenaSize } from './arena.ts';
import source from './clip.wgsl?raw';
import { squareNormGroups } from './square-norm.ts';

/** partials of `optimizer/square-norm` over the same arena -> clip [2]: what to multiply the gradient by, its norm. */
export const optimizerClip = defineKernel({
  id: 'optimizer/clip',
  source,
  parts: [lanes, step],
  parameters: { WORKGROUP: 256 },
  bindings: {
    partials: read('f32', squareNormGroups),
    clip: write('f32', () => 2),
    step: settings(STEP_FIELDS),
    shape: shape({ partials: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ partials: squareNormGroups(s) }),
  grid: () => [1, 1, 1],
  cost: (s) => ({ flops: squareNormGroups(s) + 4, bytes: 4 * squareNormGroups(s) + 8 }),
});
