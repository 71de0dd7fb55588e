import { expect, test } from 'vitest';
import { IN_BROWSER, IN_FIREFOX, pageMemory } from './host.ts';

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';

test('pages of iPhones and iPads have memory for so much; other systems say by themselves', () => {
  const iphone = `Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) ${WEBKIT} Version/26.0 Mobile/15E148 Safari/604.1`;
  expect(pageMemory(iphone, 2 ** 30)).toBe(1.2e9);
  expect(pageMemory(iphone.replace('Version/26.0', 'CriOS/150.0'), 2 ** 28)).toBe(1.2e9);
  const safari = `${MAC} ${WEBKIT} Version/26.0 Safari/605.1.15`;
  expect(pageMemory(safari, 2 ** 30), 'an iPad').toBe(1.2e9);
  expect(pageMemory(safari, 4 * 2 ** 30), 'a Mac').toBeUndefined();
  expect(pageMemory(`${MAC} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36`, 2 ** 28)).toBe(
    undefined,
  );
  expect(pageMemory('Node.js/22', 2 ** 28)).toBeUndefined();
});

test('Node.js is no browser', () => {
  expect({ IN_BROWSER, IN_FIREFOX }).toEqual({ IN_BROWSER: false, IN_FIREFOX: false });
});
