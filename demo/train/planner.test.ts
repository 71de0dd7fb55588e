import { expect, it } from 'vitest';
import { equalParts } from './planner.ts';

it.each([
  [64, 28, 4],
  [500, 41, 20],
  [7, 3, 7],
  [1, 1, undefined],
  [8, 0, undefined],
])('a batch of %i of which %i fit is %j equal micro-batches', (batch, most, parts) => {
  expect(equalParts(batch, most)).toBe(parts);
});
