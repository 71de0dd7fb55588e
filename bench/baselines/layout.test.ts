import { expect, it } from 'vitest';
import { permute, TO_HWIO, TO_OIHW } from './layout.ts';

it('moves axes as NumPy transposes, and back', () => {
  const shape = [3, 2, 1, 4];
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  const moved = permute(values, shape, TO_HWIO);
  expect(moved.shape).toEqual([1, 4, 2, 3]);
  // Element [h, w, i, o] is element [o, i, h, w] of what was given.
  for (let w = 0; w < 4; w++)
    for (let i = 0; i < 2; i++)
      for (let o = 0; o < 3; o++) expect(moved.values[(w * 2 + i) * 3 + o]).toBe((o * 2 + i) * 4 + w);
  expect(permute(moved.values, moved.shape, TO_OIHW)).toEqual({ values, shape });
});
