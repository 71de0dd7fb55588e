// The last pass of weight gradients that were summed in splits: into the gradients' arena, for several weights at a time.
// Passes that write one buffer wait for each other, so that few passes write the arena.

import { ceilDiv, defineKernel, optionalRead, settings, shape, write } from '../../runtime/kernel.ts';
import { gradient, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './reduce.wgsl?raw';

/** Weights of one dispatch, as many as there are bindings for. */
export const REDUCED_AT_ONCE = 6;

export interface ReducedWeight {
  /** Elements, and parts that its gradient was summed in. */
  readonly count: number;
  readonly splitK: number;
  /** Its place in the arena, in floats. */
  readonly offset: number;
}

export interface GradientReduceSize {
  /** One to REDUCED_AT_ONCE of them. */
  readonly weights: readonly ReducedWeight[];
  /** Floats of the arena. */
  readonly arena: number;
}

const weight = (s: GradientReduceSize, k: number): ReducedWeight => s.weights[k] ?? { count: 0, splitK: 0, offset: 0 };
const partials = (k: number) =>
  optionalRead('f32', (s: GradientReduceSize) => weight(s, k).splitK * weight(s, k).count);
const sum = (s: GradientReduceSize, of: (w: ReducedWeight) => number) => s.weights.reduce((n, w) => n + of(w), 0);

/** gradients [offset k, + count k) = or += sum of partials k [splits k][count k] (step.accumulate says which). */
export const gradientReduce = defineKernel({
  id: 'gradient/reduce',
  source,
  parts: [gradient, step],
  parameters: { WORKGROUP: 256 },
  bindings: {
    partials0: partials(0),
    partials1: partials(1),
    partials2: partials(2),
    partials3: partials(3),
    partials4: partials(4),
    partials5: partials(5),
    gradients: write('f32', (s: GradientReduceSize) => s.arena),
    step: settings(STEP_FIELDS),
    shape: shape({
      ...({ count0: 'u32', splits0: 'u32', offset0: 'u32', count1: 'u32', splits1: 'u32', offset1: 'u32' } as const),
      ...({ count2: 'u32', splits2: 'u32', offset2: 'u32', count3: 'u32', splits3: 'u32', offset3: 'u32' } as const),
      ...({ count4: 'u32', splits4: 'u32', offset4: 'u32', count5: 'u32', splits5: 'u32', offset5: 'u32' } as const),
    }),
  },
  shape: (s: GradientReduceSize) => ({
    count0: weight(s, 0).count,
    splits0: weight(s, 0).splitK,
    offset0: weight(s, 0).offset,
    count1: weight(s, 1).count,
    splits1: weight(s, 1).splitK,
    offset1: weight(s, 1).offset,
    count2: weight(s, 2).count,
    splits2: weight(s, 2).splitK,
    offset2: weight(s, 2).offset,
    count3: weight(s, 3).count,
    splits3: weight(s, 3).splitK,
    offset3: weight(s, 3).offset,
    count4: weight(s, 4).count,
    splits4: weight(s, 4).splitK,
    offset4: weight(s, 4).offset,
    count5: weight(s, 5).count,
    splits5: weight(s, 5).splitK,
    offset5: weight(s, 5).offset,
  }),
  grid: (s, { WORKGROUP }) => [sum(s, ({ count }) => ceilDiv(count, WORKGROUP)), 1, 1],
  cost: (s) => ({
    flops: sum(s, ({ count, splitK }) => count * splitK),
    bytes: 4 * sum(s, ({ count, splitK }) => count * (splitK + 2)),
  }),
});
