import { expect, it } from 'vitest';
import { ConfigError, DataError, DenseNetError, StateError, WeightsError } from './errors.ts';
import {
  MESSAGE_BYTES,
  printable,
  printableLines,
  printableMessage,
  printableName,
  printableValue,
} from './printable.ts';

const bytes = (text: string) => new TextEncoder().encode(text).length;

it.each([
  ['an escape sequence', '\x1b[2J', '\\u001b[2J'],
  ['a bell, a backspace and DEL', '\x07\x08\x7f', '\\u0007\\u0008\\u007f'],
  ['a C1 control sequence introducer', '\x9b2J', '\\u009b2J'],
  ['line breaks and tabs', 'a\r\n\tb', 'a\\r\\n\\tb'],
  ['separators that break lines', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['bidi overrides and isolates', '\u202egnp.exe\u202c\u2066\u2069', '\\u202egnp.exe\\u202c\\u2066\\u2069'],
  ['what has no width', 'a\u200b\u200d\u2060\ufeff\u00adb', 'a\\u200b\\u200d\\u2060\\ufeff\\u00adb'],
  ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
  ['lone surrogates', '\ud800x\udfff', '\\ud800x\\udfff'],
  ['pairs, accents and other scripts stay', 'é 한국어 日本 😀 עברית', 'é 한국어 日本 😀 עברית'],
])('printable: %s', (_, text, expected) => {
  expect(printable(text)).toBe(expected);
  expect(printable(expected)).toBe(expected);
  expect(printableLines(`${text}\n`).endsWith('\n')).toBe(true);
});

it('a name is cut in the middle', () => {
  const name = printableName(`first${'x'.repeat(5000)}last`);
  expect(name.length).toBeLessThanOrEqual(200);
  expect(name).toMatch(/^firstx+…x+last$/);
  expect(printableName('\x1b'.repeat(5000)).length).toBeLessThanOrEqual(200);
});

it('any value can be shown', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  for (const value of [
    cycle,
    deep,
    10n ** 400n,
    undefined,
    Symbol('x'),
    () => 1,
    { toJSON: () => undefined },
    '\x1b',
  ]) {
    const text = printableValue(value);
    expect(text.length).toBeLessThan(500);
    expect(text).toBe(printable(text));
  }
  expect(printableValue([1, 'a'])).toBe('[1,"a"]');
});

it('a message is at most 2 kB of UTF-8, and says how it ends', () => {
  for (const part of ['x', '\x1b', '한', '😀', '\ud800', '\n']) {
    const text = printableMessage(`begin ${part.repeat(10_000)} end`);
    expect(bytes(text), part).toBeLessThanOrEqual(MESSAGE_BYTES);
    expect(text).toMatch(/^begin .*….* end$/);
    expect(text).toBe(printable(text));
  }
});

it('every error passes through', () => {
  const bad = `\x1b[2J\u202e${'n'.repeat(4000)}`;
  const errors = [
    new DenseNetError('gpu', bad),
    new ConfigError(bad, bad, `is wrong: ${bad}`),
    new DataError(bad, 3, `cannot be read: ${bad}`),
    new StateError(bad, `is missing ${bad}`),
    new WeightsError(bad, 'has the end that matters', { unknown: [bad] }),
  ];
  for (const { message } of errors) {
    expect(bytes(message)).toBeLessThanOrEqual(MESSAGE_BYTES);
    expect(message).toBe(printable(message));
  }
  expect(errors[4]?.message).toMatch(/has the end that matters$/);
  expect(() => new ConfigError('option', 1n, 'must be a number').message).not.toThrow();
});
