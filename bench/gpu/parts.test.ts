import { expect, test } from 'vitest';
import { boxSeconds, PARTS, parseParts, timeBox } from './parts.ts';

test('parts are named, in any order', () => {
  expect(parseParts('rows,verify')).toEqual(['rows', 'verify']);
  expect(() => parseParts('rows,everything')).toThrow(/--parts: "everything".*verify, roofline/);
});

test('a part has its share of the limit, and what is left of it at the most', () => {
  const names = parseParts(Object.keys(PARTS).join());
  const shares = names.map((part) => boxSeconds(part, names, 290));
  expect(shares.reduce((a, b) => a + b)).toBeCloseTo(290, 9);
  expect(boxSeconds('rows', names, -10)).toBe(0);
  expect(boxSeconds('rows', names, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});

test('what a part leaves, and what is not wanted, is for the others', () => {
  expect(boxSeconds('rows', ['rows'], 60)).toBe(60);
  expect(boxSeconds('verify', ['verify', 'rows'], 160)).toBe(60);
  expect(boxSeconds('rows', ['rows'], 155)).toBe(155);
});

test('its time runs out on the clock', () => {
  let time = 1000;
  const box = timeBox(5, () => time);
  time += 2000;
  expect(box.left()).toBe(3);
  time += 9000;
  expect(box.left()).toBe(0);
  expect(timeBox(Number.POSITIVE_INFINITY, () => time).left()).toBe(Number.POSITIVE_INFINITY);
});
