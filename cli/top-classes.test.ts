import { expect, test } from 'vitest';
import { topClasses } from './top-classes.ts';

test('probabilities of all classes, best first, whatever the size of the logits', () => {
  const top = topClasses(new Float32Array([1000, 1001, 999]), 2, ['a', 'b', 'c']);
  expect(top.map(({ name }) => name)).toEqual(['b', 'a']);
  expect(top[0]?.probability).toBeCloseTo(Math.E / (Math.E + 1 + 1 / Math.E), 12);
});

test('equal classes keep their order, and classes without names have numbers', () => {
  expect(topClasses(new Float32Array([0, 0, 0, 0]), 9)).toEqual(
    [0, 1, 2, 3].map((index) => ({ index, name: `class ${index}`, probability: 0.25 })),
  );
});

test('gives each class its own sigmoid where several may hold', () => {
  const top = topClasses(new Float32Array([0, 3, -3]), 3, undefined, true);
  expect(top.map(({ index }) => index)).toEqual([1, 0, 2]);
  expect(top[1]?.probability).toBe(0.5);
  expect((top[0]?.probability ?? 0) + (top[2]?.probability ?? 0)).toBeCloseTo(1, 12);
});
