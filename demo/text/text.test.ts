import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { formatIn } from './format.ts';
import { ko } from './ko.ts';
import { className, preferredLanguage } from './text.ts';

type Entry = readonly [key: string, value: unknown];
const entries = (value: object, path = ''): Entry[] =>
  Object.entries(value).flatMap(([key, inner]): Entry[] =>
    typeof inner === 'object' && inner !== null ? entries(inner, `${path}${key}.`) : [[`${path}${key}`, inner]],
  );

describe('the languages', () => {
  it('have the same keys, and functions where the other has them', () => {
    const shape = (text: object) => entries(text).map(([key, value]) => `${key}: ${typeof value}`);
    expect(shape(ko)).toEqual(shape(en));
  });

  it('are different: no sentence was left in English', () => {
    const english = new Map(entries(en));
    const titles = /^about\.links\./;
    const same = entries(ko).filter(
      ([key, value]) => typeof value === 'string' && value !== '' && !titles.test(key) && english.get(key) === value,
    );
    expect(same).toEqual([]);
  });

  it('are chosen by the first tag that the page speaks', () => {
    expect(preferredLanguage(['ko-KR', 'en'])).toBe('ko');
    expect(preferredLanguage(['de-DE', 'KO', 'en'])).toBe('ko');
    expect(preferredLanguage(['en-US@posix'])).toBe('en');
    expect(preferredLanguage(['de', 'constructor'])).toBe('en');
    expect(preferredLanguage([])).toBe('en');
  });
});

describe('a class', () => {
  it('keeps its name where no language has another', () => {
    expect(['Bag', 'tabby cat', 'toString'].map(className)).toEqual(['Bag', 'tabby cat', 'toString']);
  });
});

describe('numbers', () => {
  const { count, decimal, percent, bytes, duration } = formatIn('en');

  it('are written as the language does', () => {
    expect([count(13890), decimal(2.34567, 3), percent(0.8214, 1), percent(1)]).toEqual([
      '13,890',
      '2.346',
      '82.1%',
      '100%',
    ]);
  });

  it('have the unit of bytes that leaves whole digits', () => {
    expect([0, 1, 999, 1000, 12345, 999_999, 30_812_345, 2.5e9, 7e15].map(bytes)).toEqual([
      '0 byte',
      '1 byte',
      '999 byte',
      '1.00 kB',
      '12.3 kB',
      '1.00 MB',
      '30.8 MB',
      '2.50 GB',
      '7,000 TB',
    ]);
  });

  it('have the units of time that matter', () => {
    expect(
      [0, 0.26, 9.94, 9.96, 999.4, 999.6, 9940, 59_400, 59_600, 3_599_400, 3_599_600, 7_384_000].map(duration),
    ).toEqual([
      '0.0 ms',
      '0.3 ms',
      '9.9 ms',
      '10 ms',
      '999 ms',
      '1.0 sec',
      '9.9 sec',
      '59 sec',
      '1 min 0 sec',
      '59 min 59 sec',
      '1 hr 0 min',
      '2 hr 3 min',
    ]);
  });

  it('are Korean in Korean', () => {
    expect(formatIn('ko').duration(95_000)).toBe('1분 35초');
  });
});
