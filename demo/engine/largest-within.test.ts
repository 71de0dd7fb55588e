import { expect, it } from 'vitest';
import { largestWithin } from './largest-within.ts';

it.each([
  ['in proportion', (n: number) => n / 100.5, 100],
  ['with something fixed', (n: number) => 0.3 + n / 777, 543],
  ['in steps', (n: number) => Math.ceil(n / 8) / 20, 160],
  ['by the scarcest of two', (n: number) => Math.max(0.2 + n / 500, n / 90), 90],
  ['where all fits', () => 0.5, 1024],
  ['where nothing does', (n: number) => 1 + n, 0],
])('finds it %s, in few tries', (_, strain, expected) => {
  let tries = 0;
  const counted = (n: number) => {
    tries++;
    return strain(n);
  };
  expect(largestWithin(1024, counted)).toBe(expected);
  expect(tries).toBeLessThanOrEqual(14);
});

it('is exact for any growing strain', () => {
  for (let seed = 1; seed < 200; seed++) {
    const edge = (seed * 7919) % 300;
    const strain = (n: number) => (n <= edge ? 0.9 - 0.5 / n : 1.1 + n * Math.abs(Math.sin(seed)));
    expect(largestWithin(300, strain)).toBe(edge);
  }
});
