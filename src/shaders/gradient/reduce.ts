// The last pass of weight gradients that were summed in splits, for those that no norm's pass takes along.

import { defineKernel, settings, shape, write } from '../../runtime/kernel.ts';
import { gradient, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import {
  type SummedWeight,
  WEIGHT_BINDINGS,
  WEIGHT_FIELDS,
  weightCost,
  weightFields,
  weightGroups,
  weightSums,
} from '../parts/weight-sums.ts';
import source from './reduce.wgsl?raw';

export interface GradientReduceSize {
  /** One to SUMMED_AT_ONCE of them. */
  readonly weights: readonly SummedWeight[];
  /** Floats of the arena. */
  readonly arena: number;
}

/** gradients [offset k, + count k) = or += sum of partials k [splits k][count k] (step.accumulate says which). */
export const gradientReduce = defineKernel({
  id: 'gradient/reduce',
  source,
  parts: [gradient, step, weightSums],
  parameters: { WORKGROUP: 256 },
  bindings: {
    ...WEIGHT_BINDINGS,
    gradients: write('f32', (s: GradientReduceSize) => s.arena),
    step: settings(STEP_FIELDS),
    shape: shape(WEIGHT_FIELDS),
  },
  shape: (s: GradientReduceSize) => weightFields(s),
  grid: (s, { WORKGROUP }) => [weightGroups(s, WORKGROUP), 1, 1],
  cost: (s) => weightCost(s),
});
