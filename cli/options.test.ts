import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { fraction, whole } from './options.ts';

test('whole numbers in their range, and nothing else', () => {
  expect(['1', '32', '007'].map(whole(1))).toEqual([1, 32, 7]);
  for (const text of ['0', '-1', '1.5', '1e3', '', ' ', '0x10', 'NaN', '9'.repeat(20)]) {
    expect(() => whole(1)(text)).toThrow(InvalidArgumentError);
  }
});

test('fractions in their range, and nothing else', () => {
  expect(['0', '0.5', '1e-4'].map(fraction(0, 1))).toEqual([0, 0.5, 1e-4]);
  for (const text of ['1', '-0.1', 'Infinity', 'NaN', 'a', '', ' ']) {
    expect(() => fraction(0, 1)(text)).toThrow(InvalidArgumentError);
  }
  expect(fraction('above 0')('3')).toBe(3);
  for (const text of ['0', 'Infinity', '-1']) expect(() => fraction('above 0')(text)).toThrow(InvalidArgumentError);
});
