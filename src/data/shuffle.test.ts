// Shuffling: a permutation, pinned, and every order as likely as any other.
import { describe, expect, it } from 'vitest';
import { permutation } from './shuffle.ts';

describe('permutation', () => {
  it.each([0, 1, 2, 1000])('holds each of %i numbers once', (count) => {
    expect([...permutation(count, 1, 0)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('is pinned: a resumed run depends on it', () => {
    expect([...permutation(10, 42, 0)]).toEqual([6, 1, 0, 4, 2, 8, 5, 9, 3, 7]);
    expect([...permutation(10, 42, 1)]).toEqual([0, 8, 9, 3, 1, 6, 5, 4, 2, 7]);
  });

  it('differs by seed and epoch', () => {
    const orders = [permutation(100, 0, 0), permutation(100, 0, 1), permutation(100, 1, 0), permutation(100, 1, 1)];
    expect(new Set(orders.map(String)).size).toBe(4);
  });

  it('gives the 24 orders of four numbers equally often', () => {
    const seen = new Map<string, number>();
    for (let epoch = 0; epoch < 24_000; epoch++) {
      const order = String(permutation(4, 9, epoch));
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    const chiSquared = [...seen.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(Math.abs(chiSquared - 23)).toBeLessThan(4 * Math.sqrt(2 * 23));
  });
});
