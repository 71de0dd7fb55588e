import { expect, test } from 'vitest';
import { boxSeconds, PARTS, parseParts, timeBox } from './parts.ts';

test('parts are named, in any order', () => {
  expect(parseParts('rows,verify')).toEqual(['rows', 'verify']);
  expect(() => parseParts('rows,everything')).toThrow(/--parts: "everything".*verify, roofline/);
});

test('a part has its share of the limit, and what is left of it at the most', () => {
  const names = parseParts(Object.keys(PARTS).join());
  const shares = names.map((part) => boxSeconds(part, 290, 0));
  expect(shares.reduce((a, b) => a + b)).toBeCloseTo(290, 9);
  expect(boxSeconds('verify', 290, 280)).toBe(10);
  expect(boxSeconds('rows', 290, 300)).toBe(0);
  expect(boxSeconds('rows', Number.POSITIVE_INFINITY, 300)).toBe(Number.POSITIVE_INFINITY);
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
