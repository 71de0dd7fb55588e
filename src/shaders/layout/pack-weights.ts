// Every convolution weight of a network into the copies that kernels read, in one dispatch.

import { ceilDiv, defineKernel, optionalRead, read, shape, write } from '../../runtime/kernel.ts';
import { PACKED_A_GROUP } from './pack-table.ts';
import source from './pack-weights.wgsl?raw';

export interface PackWeightsSize {
  readonly tensors: number;
  /** Length of the `groups` table. */
  readonly workgroups: number;
  /** Floats of the parameter arena and of the packed one, a multiple of 4. */
  readonly parameters: number;
  readonly packed: number;
  /** Elements of `affine`, where HAS_SCALE. */
  readonly affines: number;
}

// An axis of the grid holds at most 65,535 workgroups: rows of these, short, so that small tests have several.
const GRID_ROW = 256;

/**
 * parameters (an arena) -> packed (an arena), as `table` and `groups` say: build both with `packTable`.
 * `HAS_SCALE: true` where some weight is multiplied by a norm's scale; `affine` may be left out otherwise.
 */
export const layoutPackWeights = defineKernel({
  id: 'layout/pack-weights',
  source,
  parameters: { WORKGROUP: 256, HAS_SCALE: false },
  bindings: {
    table: read('vec4u', (s: PackWeightsSize) => 3 * s.tensors),
    groups: read('u32', (s: PackWeightsSize) => s.workgroups),
    parameters: read('f32', (s: PackWeightsSize) => s.parameters),
    affine: optionalRead('vec4f', (s: PackWeightsSize, p) => (p.HAS_SCALE ? s.affines : 0)),
    packed: write('vec4f', (s: PackWeightsSize) => s.packed / 4),
    shape: shape({ workgroups: 'u32' }),
  },
  shape: (s: PackWeightsSize) => ({ workgroups: s.workgroups }),
  grid: (s) => [Math.min(s.workgroups, GRID_ROW), ceilDiv(s.workgroups, GRID_ROW), 1],
  cost: (s, { HAS_SCALE }) => ({
    flops: HAS_SCALE ? s.packed : 0,
    bytes: 8 * Math.min(s.packed, s.workgroups * PACKED_A_GROUP),
  }),
});
