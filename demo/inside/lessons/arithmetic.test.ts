// The lessons' sums against the kernels' own float64 references: what a lesson shows is what runs.
import { describe, expect, it } from 'vitest';
import { forward } from '../../../src/shaders/conv1x1/reference.ts';
import { NO_DROPOUT } from '../../../src/shaders/parts/dropout.ts';
import { pool as poolReference } from '../../../src/shaders/transition/reference.ts';
import { add, mix, normalise, otherParts, pool, product } from './arithmetic.ts';

const A = [
  [1, 5, 2, 8],
  [0.5, 3, 9, 4],
  [7, 2, 6, 1],
];
const B = [
  [3, 0, 4, 2],
  [1, 8, 2.5, 6],
  [5, 9, 1, 3],
];

describe('addition and concatenation', () => {
  it('keeps the sum when the parts change, in every cell', () => {
    for (const round of [0, 1, 2, 3]) {
      const [a, b] = otherParts(A, B, round);
      expect(add(a, b)).toEqual(add(A, B));
      for (const [i, row] of a.entries()) for (const [j, value] of row.entries()) expect(value).not.toBe(A[i]?.[j]);
    }
  });

  it('is one of the mixtures that a 1x1 convolution can make', () => {
    expect(mix(A, B, 1, 1)).toEqual(add(A, B));
    expect(mix(A, B, 1, 0)).toEqual(A);
    const size = { inputs: 2, outputs: 1, columns: 12, stride: 12, ...NO_DROPOUT };
    const { values } = forward(size, [0.5, -2], [...A.flat(), ...B.flat()]);
    expect([...values]).toEqual(mix(A, B, 0.5, -2).flat());
  });
});

it('multiplies as the 1x1 convolution does', () => {
  const weights = [
    [1, -1, 0.5],
    [2, 0, -3],
  ];
  const packed = [0, 1, 2].flatMap((k) => weights.map((row) => row[k] ?? Number.NaN));
  const size = { inputs: 3, outputs: 2, columns: 1, stride: 1, ...NO_DROPOUT };
  expect([...forward(size, packed, [4, 5, 6]).values]).toEqual(product(weights, [4, 5, 6]));
});

it('pools as a transition does, and pooling commutes with mixing', () => {
  const size = { channels: 1, images: 1, height: 3, width: 4, stride: 12, outStride: 2 };
  expect(pool(A).flat()).toEqual([...poolReference(size, A.flat(), [1, 0, 0, 0]).values]);
  expect(pool(mix(A, B, 0.5, 2))).toEqual(mix(pool(A), pool(B), 0.5, 2));
});

it('normalises to mean 0 and variance 1, then scales, shifts and cuts', () => {
  const { mean, variance, normal, affine, activated } = normalise([2, 4, 4, 6], 3, -1);
  expect([mean, variance]).toEqual([4, 2]);
  expect(normal.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
  expect(normal.reduce((sum, x) => sum + x * x, 0) / 4).toBeCloseTo(1, 4);
  expect(affine[0]).toBeCloseTo(-3 * Math.sqrt(2) - 1, 4);
  expect(activated).toEqual(affine.map((x) => Math.max(0, x)));
});
