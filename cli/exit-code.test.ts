import { expect, it } from 'vitest';
import { ConfigError, DataError, GpuError, LimitError, NoGpuError, StateError } from '../src/runtime/errors.ts';
import { errorText, exitCode } from './exit-code.ts';

it.each([
  [2, new ConfigError('growth', 0, 'must be at least 1')],
  [2, new DataError('a.idx', 4, 'is cut short')],
  [2, new StateError('conv0', 'is missing')],
  [2, new LimitError('too large', 0)],
  [3, new NoGpuError('no adapter')],
  [1, new GpuError('validation failed')],
  [1, new TypeError('a mistake of ours')],
  [1, 'no error at all'],
])('is %i for %s', (code, thrown) => {
  expect(exitCode(thrown)).toBe(code);
});

it('says one sentence, with the name of an error that is none of ours', () => {
  expect(errorText(new NoGpuError('no adapter'))).toBe('densenet: no adapter\n');
  expect(errorText(new TypeError('x is undefined'))).toBe('densenet: TypeError: x is undefined\n');
});

it('says nothing that a terminal would obey', () => {
  const clears = "ENOENT: no such file or directory, open '\x1b[2J\u202e.png'";
  const safe = "Error: ENOENT: no such file or directory, open '\\u001b[2J\\u202e.png'";
  expect(errorText(new Error(clears))).toBe(`densenet: ${safe}\n`);
  expect(errorText(clears)).toBe(`densenet: ${safe.slice('Error: '.length)}\n`);
});
