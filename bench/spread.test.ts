import { expect, it } from 'vitest';
import { spread } from './spread.ts';

it('gives median and percentiles as NumPy does, in any order', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, p5: 1.15, p95: 3.8499999999999996, repeats: 4 });
  expect(spread([7])).toEqual({ median: 7, p5: 7, p95: 7, repeats: 1 });
});

it('has nothing to say of nothing', () => {
  expect(() => spread([])).toThrow(RangeError);
});
