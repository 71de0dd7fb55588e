import { expect, it } from 'vitest';
import { DEFAULT_LIMITS, type DeviceLimits, describePlan } from '../src/densenet/plan/plan.ts';
import { LimitError } from '../src/runtime/errors.ts';
import { largestFitting, planOf } from './plans.ts';

const densenet121 = { model: 'densenet121', mode: 'training', recompute: false, precision: 'f32' } as const;
const roomy: DeviceLimits = { ...DEFAULT_LIMITS, maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 31 };
const total = (batch: number) => describePlan(planOf(densenet121, batch, roomy)).total;

it('finds the largest batch that the limits allow', () => {
  expect(largestFitting(densenet121, DEFAULT_LIMITS, Number.POSITIVE_INFINITY)).toBe(41);
  expect(() => planOf(densenet121, 42, DEFAULT_LIMITS)).toThrow(LimitError);
});

it('and that there is room for', () => {
  const room = 400e6;
  const batch = largestFitting(densenet121, roomy, room);
  expect(total(batch)).toBeLessThanOrEqual(room);
  expect(total(batch + 1)).toBeGreaterThan(room);
  expect(() => largestFitting(densenet121, roomy, 1e6)).toThrow(/no batch fits/);
});

it('has room for more features as f16', () => {
  const packedF16 = { ...densenet121, precision: 'f16-storage' } as const;
  expect(largestFitting(packedF16, roomy, 400e6)).toBeGreaterThan(largestFitting(densenet121, roomy, 400e6));
});
