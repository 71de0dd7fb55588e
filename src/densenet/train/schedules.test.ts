import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import { cosine, makeSchedule, stepped, warmup } from './schedules.ts';

describe('schedules', () => {
  test('step: divided by ten at half and at three quarters', () => {
    const rate = stepped(0.1, 300);
    expect(rate(0)).toBe(0.1);
    expect(rate(149)).toBe(0.1);
    expect(rate(150)).toBeCloseTo(0.01, 12);
    expect(rate(224)).toBeCloseTo(0.01, 12);
    expect(rate(225)).toBeCloseTo(0.001, 12);
  });

  test('cosine: from the rate, over its half in the middle, to the floor', () => {
    const rate = cosine(1, 100, 0.1);
    expect(rate(0)).toBe(1);
    expect(rate(50)).toBeCloseTo(0.55, 12);
    expect(rate(100)).toBeCloseTo(0.1, 12);
    expect(rate(500)).toBeCloseTo(0.1, 12);
  });

  test('warm-up rises to the rate and never starts at zero', () => {
    const rate = warmup(4, stepped(0.8, 100));
    expect([0, 1, 2, 3, 4].map(rate)).toEqual([0.2, 0.4, 0.6000000000000001, 0.8, 0.8]);
  });

  test.each([
    [{ name: 'cosine', rate: 0, total: 10 }],
    [{ name: 'cosine', rate: Number.NaN, total: 10 }],
    [{ name: 'cosine', rate: 0.1, total: 10, warmup: 10 }],
    [{ name: 'cosine', rate: 0.1, total: 10, warmup: 1.5 }],
    [{ name: 'toString', rate: 0.1, total: 10 }],
  ])('%o cannot be', (options) => {
    expect(() => makeSchedule(options as Parameters<typeof makeSchedule>[0])).toThrow(ConfigError);
  });
});
