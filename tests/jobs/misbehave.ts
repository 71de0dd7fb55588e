// Jobs that go wrong in every way a host can, and one that gives back what it was given.

import type { Jobs } from '../../src/jobs/job.ts';
import { message } from '../../src/jobs/message.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

export const misbehave: Jobs = {
  echo: async (input, { report }) => {
    for (let event = 0; event < 3; event++) report({ event });
    return input;
  },
  'throw-typed': async () => {
    throw new ConfigError('growth', 0, 'must be at least 1');
  },
  'throw-untyped': async () => {
    throw new RangeError('a mistake of ours');
  },
  /** Answers to nothing for as many milliseconds as its head says, as a driver does that works. */
  busy: async (input, { now }) => {
    for (const end = now() + Number(input.head); now() < end; );
    return input;
  },
  /** Stops answering altogether, as a driver does that never returns. */
  hang: async () => {
    for (;;);
  },
  /** Ends a process with a code and a last word. In a page it waits to be ended from outside. */
  crash: async () => {
    const { process } = globalThis as { process?: { exit(code: number): void } };
    console.error('last words');
    process?.exit(7);
    return new Promise(() => undefined);
  },
  /** Ends as soon as its caller gives up. */
  wait: (_input, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(message('aborted')));
    }),
};
