// The process's own signals, without sending any: what each of them comes to.
import process from 'node:process';
import { beforeEach, expect, test, vi } from 'vitest';

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
  const { handleInterrupts, interruptCode, interruptSignal } = await import('./interrupt.ts');
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
  const { interrupt, interruptCode, interruptSignal, READER_GONE } = await import('./interrupt.ts');
  expect(interrupt(READER_GONE)).toBe(false);
  const signal = interruptSignal();
  expect(interrupt(READER_GONE)).toBe(true);
  expect(signal.aborted).toBe(true);
  expect(interrupt(1)).toBe(true);
  expect(interruptCode()).toBe(141);
});
