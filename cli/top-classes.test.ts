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
