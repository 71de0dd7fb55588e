// A step's loss and right answers, as the two numbers that are read back.

import { defineKernel, read, settings, shape, write } from '../../runtime/kernel.ts';
import { finite, gradient, lanes, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { VERDICT_WORDS, verdict } from '../parts/verdict.ts';
import source from './total.wgsl?raw';

export interface LossTotalSize {
  readonly images: number;
}

/**
 * losses and correct [N] -> out [2]: the mean loss and the number of right answers, both over the micro-batches of a
 * step: `step.accumulate` adds, and the loss is weighed by `step.gradient_scale`. The first
 * image whose loss is not finite is noted in `verdict`.
 */
export const lossTotal = defineKernel({
  id: 'loss/total',
  source,
  parts: [finite, gradient, lanes, step, verdict],
  parameters: { WORKGROUP: 64 },
  bindings: {
    losses: read('f32', (s: LossTotalSize) => s.images),
    correct: read('u32', (s: LossTotalSize) => s.images),
    out: write('f32', () => 2),
    verdict: write('atomic<u32>', () => VERDICT_WORDS),
    step: settings(STEP_FIELDS),
    shape: shape({ images: 'u32' }),
  },
  shape: (s: LossTotalSize) => ({ images: s.images }),
  grid: () => [1, 1, 1],
  cost: (s) => ({ flops: 2 * s.images, bytes: 8 * s.images + 16 }),
});
