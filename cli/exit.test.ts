// The process's own signals, without sending any: what each of them comes to.
import process from 'node:process';
import { beforeEach, expect, it, test, vi } from 'vitest';
import { ConfigError, DataError, GpuError, LimitError, NoGpuError, StateError } from '../src/runtime/errors.ts';
import { errorText, exitCode } from './exit.ts';

const ended = (code: number) => new Error(`ends with ${code}`);
const listeners = new Map<string, () => void>();
const clock = { now: 0 };

beforeEach(() => {
  vi.resetModules();
  listeners.clear();
  vi.spyOn(process, 'on').mockImplementation((name, listener) => {
    listeners.set(String(name), listener as () => void);
    return process;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw ended(Number(code));
  });
  vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
});
const send = (name: string) => listeners.get(name)?.();

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])('%s ends a command that has nothing to save with %i; one that has gets a chance', async (name, code) => {
  const { handleInterrupts, interruptCode, interruptSignal } = await import('./exit.ts');
  handleInterrupts();
  expect(() => send(name)).toThrow(ended(code));
  const signal = interruptSignal();
  expect(signal.aborted).toBe(false);
  send(name);
  expect(signal.aborted).toBe(true);
  expect(interruptCode()).toBe(code);
  // Passed on by npm, or sent twice by `timeout`.
  clock.now += 300;
  send(name);
  send('SIGINT');
  expect(interruptCode()).toBe(code);
  clock.now += 1000;
  expect(() => send(name)).toThrow(ended(code));
});

test('whoever reads the output may go: the command saves, and what it says to nobody is no error', async () => {
  const { interrupt, interruptCode, interruptSignal, READER_GONE } = await import('./exit.ts');
  expect(interrupt(READER_GONE)).toBe(false);
  const signal = interruptSignal();
  expect(interrupt(READER_GONE)).toBe(true);
  expect(signal.aborted).toBe(true);
  expect(interrupt(1)).toBe(true);
  expect(interruptCode()).toBe(141);
});

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
