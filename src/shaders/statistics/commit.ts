// The end of a training step: its staged running statistics are committed, or discarded.

import { ceilDiv, defineKernel, optionalRead, shape, write } from '../../runtime/kernel.ts';
import { settled, VERDICT_WORDS } from '../parts/verdict.ts';
import source from './commit.wgsl?raw';

export interface CommitSize {
  /** Floats of the running statistics, a multiple of 4. */
  readonly count: number;
}

/** staged -> running [count] where `settled` allows it, else running -> staged; LOADS: running -> staged in any case. */
export const statisticsCommit = defineKernel({
  id: 'statistics/commit',
  source,
  parts: [settled],
  parameters: { WORKGROUP: 256, LOADS: false },
  bindings: {
    running: write('vec4f', (s: CommitSize) => s.count / 4),
    staged: write('vec4f', (s: CommitSize) => s.count / 4),
    settled: optionalRead('vec4u', (_: CommitSize, p) => (p.LOADS ? 0 : VERDICT_WORDS / 4)),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: CommitSize) => ({ vectors: s.count / 4 }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.count / 4, WORKGROUP), 1, 1],
  cost: (s) => ({ flops: 0, bytes: 8 * s.count }),
});
