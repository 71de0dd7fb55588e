// A worker for tests: jobs that run in the test itself, behind the same port and messages.

import type { Message } from '../../src/jobs/message.ts';
import { encodeError } from '../../src/jobs/wire-error.ts';
import type { FromWorker, ToWorker } from '../../src/jobs/worker-port.ts';
import { WorkerSession } from '../../src/jobs/worker-session.ts';

export type FakeJob = (input: Message, signal: AbortSignal) => Promise<Message>;

export function fakeSession(jobs: Readonly<Record<string, FakeJob>>): WorkerSession {
  let tell: (message: FromWorker) => void = () => undefined;
  const aborts = new Map<number, AbortController>();
  const serve = async (asked: ToWorker) => {
    if (asked.kind === 'abort') return aborts.get(asked.id)?.abort();
    const abort = new AbortController();
    aborts.set(asked.id, abort);
    try {
      const answer = await jobs[asked.job]?.(asked, abort.signal);
      tell({ kind: 'done', id: asked.id, head: null, attachments: new Map(), ...answer });
    } catch (error) {
      tell({ kind: 'failed', id: asked.id, error: encodeError(error) });
    }
  };
  return new WorkerSession({
    send: (message) => void serve(message),
    listen: (listener) => {
      tell = listener;
    },
  });
}
