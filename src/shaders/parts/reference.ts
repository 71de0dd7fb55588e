// What random.wgsl computes, for the references of the kernels that use it.

import { type Dropout, dropoutValues } from './dropout.ts';

/** The mask of dropout: 0 or 1 / (1 - p), of element `index` = channel * P + position; 1 everywhere without a seed. */
export function dropoutMask(dropout: Dropout, seed: number | undefined): (index: number) => number {
  if (seed === undefined) return () => 1;
  const { stream, threshold, factor } = dropoutValues(dropout);
  const start = pcg(stream ^ pcg(seed));
  return (index) => (pcg(index ^ start) >>> 8 >= threshold ? factor : 0);
}

function pcg(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}
