// What the transition's kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { transitionPool } from './pool.ts';
import { transitionPoolBackward } from './pool-backward.ts';
import { pool, poolBackward } from './reference.ts';

export const poolReference = defineReference({
  kernel: transitionPool,
  reference: (s, { x, affine }) => ({ out: pool(s, x ?? [], affine ?? []) }),
  roundings: () => 8,
  place: (_, i, s) => `channel ${Math.floor(i / s.outStride)}, column ${i % s.outStride}`,
});

export const poolBackwardReference = defineReference({
  kernel: transitionPoolBackward,
  reference: (s, { dpooled, x, affine }, { WORKGROUP, ITEMS, HAS_SUMS }) => {
    const { out, sums, magnitude } = poolBackward(s, dpooled ?? [], x ?? [], affine ?? [], WORKGROUP * ITEMS);
    const gradient = { out: { values: out, magnitude: out } };
    return HAS_SUMS ? { ...gradient, sums: { values: sums, magnitude } } : gradient;
  },
  roundings: () => 24,
  place: (binding, i, s) =>
    binding === 'out' ? `channel ${Math.floor(i / s.stride)}, column ${i % s.stride}` : `pair ${i >> 1}`,
});
