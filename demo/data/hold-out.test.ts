import { expect, it } from 'vitest';
import { heldOutOf, holdOut } from './hold-out.ts';

it('holds out a fifth of a class, at least one, and never all', () => {
  expect([0, 1, 2, 3, 5, 7, 10, 1000].map(heldOutOf)).toEqual([0, 0, 1, 1, 1, 1, 2, 200]);
  for (const count of [0, 1, 2, 9, 53]) {
    expect(holdOut(count, 3).filter(Boolean)).toHaveLength(heldOutOf(count));
    expect(holdOut(count, 3)).toHaveLength(count);
  }
});

it('chooses alike every time, and differently in another class', () => {
  expect(holdOut(50, 0)).toEqual(holdOut(50, 0));
  expect(holdOut(50, 0)).not.toEqual(holdOut(50, 1));
});
