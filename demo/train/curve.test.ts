import { expect, it } from 'vitest';
import { niceTicks } from './curve.tsx';

it.each([
  [0, 1, 4, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0, 2.4, 4, [0, 0.5, 1, 1.5, 2]],
  [0, 24, 6, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24]],
  [0, 0.105, 4, [0, 0.02, 0.04, 0.06, 0.08, 0.1]],
  [0, 3, 6, [0, 0.5, 1, 1.5, 2, 2.5, 3]],
  [0, 0, 4, [0]],
  [0, Number.POSITIVE_INFINITY, 4, [0]],
])('from %d to %d, about %i', (low, high, count, ticks) => expect(niceTicks(low, high, count)).toEqual(ticks));
