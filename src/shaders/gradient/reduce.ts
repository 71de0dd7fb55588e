// The last pass of a weight gradient that was summed in splits: into the gradients' arena, for two weights at a time so
// that one pass a layer writes the arena (passes that write one buffer wait for each other).

import {
  ceilDiv,
  defineKernel,
  optionalRead,
  optionalWrite,
  read,
  settings,
  shape,
  write,
} from '../../runtime/kernel.ts';
import { gradient, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './reduce.wgsl?raw';

export interface GradientReduceSize {
  /** Elements of each weight and parts that its gradient was summed in; the second's are 0 where there is none. */
  readonly firstCount: number;
  readonly firstSplits: number;
  readonly secondCount: number;
  readonly secondSplits: number;
}

/** first [firstCount] = or += sum of firstPartials [firstSplits][firstCount] (step.accumulate says which); second alike. */
export const gradientReduce = defineKernel({
  id: 'gradient/reduce',
  source,
  parts: [gradient, step],
  parameters: { WORKGROUP: 256 },
  bindings: {
    firstPartials: read('f32', (s: GradientReduceSize) => s.firstSplits * s.firstCount),
    first: write('f32', (s: GradientReduceSize) => s.firstCount),
    secondPartials: optionalRead('f32', (s: GradientReduceSize) => s.secondSplits * s.secondCount),
    second: optionalWrite('f32', (s: GradientReduceSize) => s.secondCount),
    step: settings(STEP_FIELDS),
    shape: shape({ first_count: 'u32', first_splits: 'u32', second_count: 'u32', second_splits: 'u32' }),
  },
  shape: (s: GradientReduceSize) => ({
    first_count: s.firstCount,
    first_splits: s.firstSplits,
    second_count: s.secondCount,
    second_splits: s.secondSplits,
  }),
  grid: (s, { WORKGROUP }) => [ceilDiv(s.firstCount + s.secondCount, WORKGROUP), 1, 1],
  cost: (s) => ({
    flops: s.firstCount * s.firstSplits + s.secondCount * s.secondSplits,
    bytes: 4 * (s.firstCount * (s.firstSplits + 2) + s.secondCount * (s.secondSplits + 2)),
  }),
});
