// What the layout kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { firstNonFinite, noted } from '../parts/reference.ts';
import { layoutFromNchw, nchwValues } from './from-nchw.ts';
import { unpackedTable } from './pack-table.ts';
import { layoutPackWeights } from './pack-weights.ts';
import { fromNchw, packWeights, toNchw } from './reference.ts';
import { layoutToNchw } from './to-nchw.ts';

export const fromNchwReference = defineReference({
  kernel: layoutFromNchw,
  reference: (s, { x, verdict }, { RECORDS }, { step }) => {
    const out = { values: fromNchw(s, x ?? []), magnitude: [] };
    if (!RECORDS || !verdict) return { out };
    const bad = firstNonFinite(x ?? []);
    const image = bad === undefined ? undefined : Math.floor(bad / (nchwValues(s) / s.images));
    return {
      out,
      verdict: noted(verdict, 'image', image === undefined ? undefined : (step?.first_image ?? 0) + image),
    };
  },
  roundings: () => -2,
});

export const toNchwReference = defineReference({
  kernel: layoutToNchw,
  reference: (s, { x }) => ({ out: { values: toNchw(s, x ?? []), magnitude: [] } }),
  roundings: () => -2,
});

export const packWeightsReference = defineReference({
  kernel: layoutPackWeights,
  reference: (s, { table = [], parameters, affine }, { HAS_SCALE }) => ({
    packed: {
      values: packWeights(unpackedTable(table), s.packed, parameters ?? [], HAS_SCALE ? affine : undefined),
      magnitude: [],
    },
  }),
  roundings: () => 0,
});
