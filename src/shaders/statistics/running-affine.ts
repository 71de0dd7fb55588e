// Inference's norms: running statistics to scale and shift, every norm of a network in one dispatch.

import { defineKernel, read, shape, write } from '../../runtime/kernel.ts';
import source from './running-affine.wgsl?raw';

/** Where a norm's numbers lie, in elements of their arenas. */
export interface NormOffsets {
  readonly channels: number;
  readonly gamma: number;
  readonly beta: number;
  readonly mean: number;
  readonly variance: number;
  /** Of its scales and shifts, in `affine` and `shifts` alike. */
  readonly affine: number;
}

export interface RunningAffineSize {
  /** Workgroups: half of the table's vec4u. */
  readonly groups: number;
  /** Elements of each arena. */
  readonly parameters: number;
  readonly running: number;
  readonly affines: number;
  /** Added to the variance ahead of the square root. */
  readonly epsilon: number;
}

const CHANNELS_A_GROUP = 64;

/** The table for a network's norms: eight words (two vec4u) per workgroup of at most 64 channels. */
export function runningAffineTable(norms: readonly NormOffsets[]): Uint32Array<ArrayBuffer> {
  const words: number[] = [];
  for (const norm of norms) {
    for (let c = 0; c < norm.channels; c += CHANNELS_A_GROUP) {
      words.push(norm.gamma + c, norm.beta + c, norm.mean + c, norm.variance + c);
      words.push(norm.affine + c, Math.min(CHANNELS_A_GROUP, norm.channels - c), 0, 0);
    }
  }
  return new Uint32Array(words);
}

/** What a table names, a piece of a norm per workgroup: for references. */
export const normsOfTable = (table: ArrayLike<number>): NormOffsets[] =>
  Array.from({ length: table.length / 8 }, (_, i) => {
    const word = (place: number) => table[8 * i + place] ?? 0;
    return {
      gamma: word(0),
      beta: word(1),
      mean: word(2),
      variance: word(3),
      affine: word(4),
      channels: word(5),
    };
  });

/** affine [affines] (scale, shift, mean, invStd) and shifts [affines] of every norm that the table names. */
export const statisticsRunningAffine = defineKernel({
  id: 'statistics/running-affine',
  source,
  parameters: {},
  bindings: {
    parameters: read('f32', (s: RunningAffineSize) => s.parameters),
    running: read('f32', (s: RunningAffineSize) => s.running),
    table: read('vec4u', (s: RunningAffineSize) => 2 * s.groups),
    affine: write('vec4f', (s: RunningAffineSize) => s.affines),
    shifts: write('f32', (s: RunningAffineSize) => s.affines),
    shape: shape({ groups: 'u32', epsilon: 'f32' }),
  },
  shape: (s: RunningAffineSize) => ({ groups: s.groups, epsilon: s.epsilon }),
  grid: (s) => [s.groups, 1, 1],
  cost: (s) => ({ flops: 6 * s.affines, bytes: 36 * s.affines + 32 * s.groups }),
});
