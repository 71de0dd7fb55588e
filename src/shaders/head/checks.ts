// What the head's kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { headBackwardData } from './backward-data.ts';
import { headBackwardWeight } from './backward-weight.ts';
import { headLinear } from './linear.ts';
import { headPool } from './pool.ts';
import { headPoolBackward, poolBackwardTiles } from './pool-backward.ts';
import { backwardData, backwardWeight, linear, pool, poolBackward, type Result } from './reference.ts';

const TILE = 256;

export const poolReference = defineReference({
  kernel: headPool,
  reference: (s, { x = [], affine = [] }) => ({ out: pool(s, x, affine) }),
  // An invocation adds every LANES-th pixel; then a pairwise sum, and a division of 2.5 ulp.
  roundings: (s, { LANES }) => Math.ceil(s.area / LANES) + 6 + 5,
  place: (_, i, s) => `channel ${Math.floor(i / s.images)}, image ${i % s.images}`,
});

export const linearReference = defineReference({
  kernel: headLinear,
  reference: (s, { weight = [], bias = [], pooled = [] }) => ({ out: linear(s, weight, bias, pooled) }),
  // An invocation adds every 64th channel; then a pairwise sum of 64, and the bias.
  roundings: (s) => Math.ceil(s.channels / 64) + 7,
  place: (_, i, s) => `image ${Math.floor(i / s.classes)}, class ${i % s.classes}`,
});

export const backwardDataReference = defineReference({
  kernel: headBackwardData,
  reference: (s, { weight = [], dlogits = [] }) => ({ out: backwardData(s, weight, dlogits) }),
  // Of WORKGROUP / 32 slices an invocation adds its every class; then the slices, one after the other.
  roundings: (s, { WORKGROUP }) => Math.ceil((32 * s.classes) / WORKGROUP) + WORKGROUP / 32,
  place: (_, i, s) => `channel ${Math.floor(i / s.images)}, image ${i % s.images}`,
});

const onto = (old: ArrayLike<number>, { values, magnitude }: Result): Result => ({
  values: values.map((v, i) => v + (old[i] ?? Number.NaN)),
  magnitude: magnitude.map((v, i) => v + Math.abs(old[i] ?? Number.NaN)),
});

export const backwardWeightReference = defineReference({
  kernel: headBackwardWeight,
  reference: (s, { dlogits = [], pooled = [], weightGradient = [], biasGradient = [] }, _, { step }) => {
    const { weight, bias } = backwardWeight(s, dlogits, pooled);
    return step?.accumulate === 1
      ? { weightGradient: onto(weightGradient, weight), biasGradient: onto(biasGradient, bias) }
      : { weightGradient: weight, biasGradient: bias };
  },
  // Images are added one after the other, then to what was there.
  roundings: (s) => s.images + 1,
  place: (binding, i, s) =>
    binding === 'weightGradient' ? `class ${Math.floor(i / s.channels)}, channel ${i % s.channels}` : `class ${i}`,
});

export const poolBackwardReference = defineReference({
  kernel: headPoolBackward,
  reference: (s, { dpooled = [], x = [], affine = [] }, { HAS_SUMS }) => {
    const { out, sums } = poolBackward(s, dpooled, x, affine, TILE);
    return HAS_SUMS ? { out, sums } : { out };
  },
  // A division of 2.5 ulp, the scale; then four additions and six more, over 64 invocations.
  roundings: () => 5 + 2 + 4 + 6,
  place: (binding, i, s) =>
    binding === 'sums'
      ? `channel ${Math.floor(i / 2 / poolBackwardTiles(s))}, tile ${Math.floor(i / 2) % poolBackwardTiles(s)}`
      : `channel ${Math.floor(i / s.stride)}, column ${i % s.stride}`,
});
