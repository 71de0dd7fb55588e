import { expect, it } from 'vitest';
import { splitValidation, validationOf } from './training-set.ts';

it('holds out a fifth of a class, at least one, and never all', () => {
  expect([0, 1, 2, 3, 5, 7, 10, 1000].map(validationOf)).toEqual([0, 0, 1, 1, 1, 1, 2, 200]);
  for (const count of [0, 1, 2, 9, 53]) {
    expect(splitValidation(count, 3).filter(Boolean)).toHaveLength(validationOf(count));
    expect(splitValidation(count, 3)).toHaveLength(count);
  }
});

it('chooses alike every time, and differently in another class', () => {
  expect(splitValidation(50, 0)).toEqual(splitValidation(50, 0));
  expect(splitValidation(50, 0)).not.toEqual(splitValidation(50, 1));
});
