// The end of weight gradients that were summed in splits: what a kernel needs that adds up the partial sums of a layer's
// weights into the gradients' arena. The arena is one buffer, whose writers wait for each other, so few passes write it.

import { ceilDiv, optionalRead, type Part } from '../../runtime/kernel.ts';
import source from './weight-sums.wgsl?raw';

/** Weights of one dispatch: a layer has two. */
export const SUMMED_AT_ONCE = 2;

export interface SummedWeight {
  /** Elements, and parts that its gradient was summed in. */
  readonly count: number;
  readonly splitK: number;
  /** Its place in the arena, in floats. */
  readonly offset: number;
}

/** What is summed in one dispatch. */
export interface SummedWeights {
  /** At most SUMMED_AT_ONCE. */
  readonly weights: readonly SummedWeight[];
}

/** `sum_weights`; needs the parts `gradient` and `step`, and the bindings `gradients` and `WEIGHT_BINDINGS`. */
export const weightSums: Part = { name: 'weight-sums', source };

const NONE: SummedWeight = { count: 0, splitK: 0, offset: 0 };
const partials = (k: number) =>
  optionalRead('f32', ({ weights }: SummedWeights) => (weights[k]?.splitK ?? 0) * (weights[k]?.count ?? 0));

/** partials k: [splits k][count k]. */
export const WEIGHT_BINDINGS = { partials0: partials(0), partials1: partials(1) } as const;

export const WEIGHT_FIELDS = {
  count0: 'u32',
  splits0: 'u32',
  offset0: 'u32',
  count1: 'u32',
  splits1: 'u32',
  offset1: 'u32',
} as const;

export function weightFields({ weights: [a = NONE, b = NONE] }: SummedWeights) {
  return {
    count0: a.count,
    splits0: a.splitK,
    offset0: a.offset,
    count1: b.count,
    splits1: b.splitK,
    offset1: b.offset,
  };
}

const total = ({ weights }: SummedWeights, of: (weight: SummedWeight) => number) =>
  weights.reduce((n, w) => n + of(w), 0);

/** Workgroups that the sums take. */
export const weightGroups = (s: SummedWeights, workgroup: number): number =>
  total(s, ({ count }) => ceilDiv(count, workgroup));

export const weightCost = (s: SummedWeights) => ({
  flops: total(s, ({ count, splitK }) => count * splitK),
  bytes: 4 * total(s, ({ count, splitK }) => count * (splitK + 2)),
});
