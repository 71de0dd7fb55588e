import { expect, test } from 'vitest';
import { presentClasses, topClasses } from './top-classes.ts';

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

test('of several classes, those are present that reach their threshold, or a half', () => {
  expect(presentClasses([0.5, 0.4999, 0.9])).toEqual([0, 2]);
  expect(presentClasses([0.5, 0.4999, 0.9], [0.6, 0.4999, 0.91])).toEqual([1]);
});

test('a temperature divides the logits first, and changes no order', () => {
  const logits = Float32Array.of(0, Math.log(9));
  const probabilityAt = (temperature: number, multiLabel: boolean) =>
    topClasses(logits, 1, undefined, multiLabel, temperature)[0]?.probability;
  // Logits are rounded to float32: ln 9 by at most 2^-23, and probabilities by a quarter of that.
  expect(probabilityAt(1, false)).toBeCloseTo(0.9, 7);
  expect(probabilityAt(2, false)).toBeCloseTo(0.75, 7);
  expect(probabilityAt(2, true)).toBeCloseTo(0.75, 7);
});
