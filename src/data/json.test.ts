import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { type JsonLimits, parseJson, readJson } from './json.ts';

const failure = (text: string, limits?: JsonLimits) => {
  try {
    parseJson(text, 'a.json', limits);
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error(`${text.slice(0, 80)} was read`);
};

describe('JSON of unknown origin', () => {
  it('is what JSON.parse makes of it', () => {
    for (const text of [
      'null',
      ' [1, 2.5, -0, 1e3] ',
      '{"a":{"b":[]},"c":"\\u00e9 \\" : { [ \\ud83d\\ude00"}',
      '"a:b"',
      '{"":1}',
    ]) {
      expect(parseJson(text, 'a')).toEqual(JSON.parse(text));
    }
    expect(parseJson('\ufeff{"a":1}', 'a')).toEqual({ a: 1 });
    expect(parseJson('{"a":{"x":1},"b":{"x":2}}', 'a')).toEqual({ a: { x: 1 }, b: { x: 2 } });
  });

  it('says in which byte a key stands', () => {
    const { offset } = readJson('{"é":1,"b":{"c":2}}', 'a');
    expect([offset('é'), offset('b'), offset('c')]).toEqual([1, 8, 0]);
  });

  it.each([
    ['nested 20,000 deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, /nested more than 32 deep/, 32],
    ['nested and never closed', '{"a":'.repeat(1_000_000), /nested more than 32 deep/, 160],
    ['a duplicate key', '{"a":1,"a":2}', /duplicate key "a"/, 7],
    ['the same key by an escape', '{"a":1,"\\u0061":2}', /duplicate key "a"/, 7],
    ['twice within', '{"x":[{"b":1,"b":1}]}', /duplicate key "b"/, 13],
    ['a prototype', '{"a":{"__proto__":{}}}', /"__proto__" is not allowed/, 6],
    ['a prototype by an escape', '{"\\u005f_proto__":{}}', /"__proto__" is not allowed/, 1],
    ['a constructor', '{"constructor":1}', /"constructor" is not allowed/, 1],
    ['half a surrogate pair', '{"a":"\\ud800"}', /a lone surrogate/, 5],
    ['half a pair as a key', '{"\\udc00":1}', /a lone surrogate/, 1],
    ['nothing', '', /is not JSON/, 0],
    ['a string that does not end', '"abc', /is not JSON/, 0],
    ['a backslash at the end', '"abc\\', /is not JSON/, 0],
    ['a colon alone', ':', /is not JSON/, 0],
    ['a bad escape in a key', '{"\\x":1}', /is not JSON/, 0],
    ['something after it', '{} {}', /is not JSON/, 0],
    ['a control character', '"\x1b"', /is not JSON/, 0],
  ])('is refused: %s', (_, text, problem, offset) => {
    const error = failure(text);
    expect(error).toMatchObject({ file: 'a.json', offset });
    expect(error.message).toMatch(problem);
  });

  it('has as many characters as are asked for, and as much depth', () => {
    expect(failure('[1,2,3]', { characters: 6 }).message).toMatch(/7 characters of JSON; at most 6/);
    expect(failure('[[[]]]', { depth: 2 }).offset).toBe(2);
    expect(parseJson('[[1]]', 'a', { depth: 2, characters: 5 })).toEqual([[1]]);
  });

  it.each(['1.0', '1e3', '-0', '-1', '1E0', '.5'])('where sizes are meant, %s in a list is refused', (number) => {
    expect(failure(`{"a":[3, ${number}]}`, { sizes: true }).message).toMatch(/is not a whole number|is not JSON/);
    expect(parseJson('{"a":[3, 0,12],"b":1.5}', 'a', { sizes: true })).toEqual({ a: [3, 0, 12], b: 1.5 });
  });

  it('takes time in proportion to its length', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `"k${i}":[${i}]`).join(',');
    expect(Object.keys(parseJson(`{${keys}}`, 'a') ?? {})).toHaveLength(20_000);
  });
});
