// What random.wgsl computes, for the references of the kernels that use it.

import { randomAt } from '../../runtime/random.ts';
import { type Dropout, dropoutValues } from './dropout.ts';

/** The mask of dropout: 0 or 1 / (1 - p), of element `index` = channel * P + position; 1 everywhere without a seed. */
export function dropoutMask(dropout: Dropout, seed: number | undefined): (index: number) => number {
  if (seed === undefined) return () => 1;
  const { stream, threshold, factor } = dropoutValues(dropout);
  return (index) => (randomAt(seed, stream, index) >>> 8 >= threshold ? factor : 0);
}
