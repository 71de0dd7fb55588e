// Jobs that go wrong in every way a host can, and one that gives back what it was given.

import { defineJob, type JobContext, jobRegistry } from '../../src/jobs/define-job.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

export const misbehave = jobRegistry(
  defineJob('echo', async (request: unknown, { report }: JobContext<{ readonly event: number }>) => {
    for (let event = 0; event < 3; event++) report({ event });
    return request;
  }),
  defineJob('throw-typed', async () => {
    throw new ConfigError('growth', 0, 'must be at least 1');
  }),
  defineJob('throw-untyped', async () => {
    throw new RangeError('a mistake of ours');
  }),
  /** Answers to nothing for so many milliseconds, as a driver does that works. */
  defineJob('busy', async (milliseconds: number, { now }) => {
    for (const end = now() + milliseconds; now() < end; );
    return milliseconds;
  }),
  /** Stops answering altogether, as a driver does that never returns. */
  defineJob('hang', async () => {
    for (;;);
  }),
  /** Ends a process with a code and a last word. In a page it waits to be ended from outside. */
  defineJob('crash', async () => {
    const { process } = globalThis as { process?: { exit(code: number): void } };
    console.error('last words');
    process?.exit(7);
    return new Promise<never>(() => undefined);
  }),
  /** Ends as soon as its caller gives up. */
  defineJob(
    'wait',
    (_request: undefined, { signal }) =>
      new Promise<string>((resolve) => {
        signal.addEventListener('abort', () => resolve('aborted'));
      }),
  ),
);
