// The page's side of a worker that serves jobs: each run is a promise, its errors of the class that was thrown in the
// worker. A worker that cannot be loaded or dies fails all that is under way and all that is asked of it later.

import { GpuError } from '../runtime/errors.ts';
import type { JsonValue, Message } from './message.ts';
import { decodeError } from './wire-error.ts';
import { type FromWorker, type Port, packContent, type ToWorker } from './worker-port.ts';

export interface RunOptions {
  readonly onEvent?: (event: Message) => void;
  /** Tells the job that its result is no longer wanted; the job decides how to end. */
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly resolve: (result: Message) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: ((event: Message) => void) | undefined;
}

export class WorkerSession {
  private readonly pending = new Map<number, Pending>();
  private ended: Error | undefined;
  private ids = 0;

  constructor(
    private readonly port: Port<ToWorker, FromWorker>,
    onNotice: (notice: JsonValue) => void = () => undefined,
  ) {
    port.listen((received) => {
      if (received.kind === 'notice') return onNotice(received.head);
      const run = this.pending.get(received.id);
      if (!run) return;
      if (received.kind === 'event') return run.onEvent?.(received);
      this.pending.delete(received.id);
      if (received.kind === 'failed') run.reject(decodeError(received.error));
      else run.resolve(received);
    });
  }

  /**
   * Runs a job. Attachments that own their buffer are handed over to the worker: do not use them after.
   * @throws whatever the job throws, of the same class; GpuError when the worker is gone
   */
  run(job: string, input: Message, { onEvent, signal }: RunOptions = {}): Promise<Message> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.ids++;
    const { content, transfer } = packContent(input);
    const result = new Promise<Message>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onEvent });
    });
    this.port.send({ kind: 'run', id, job, ...content }, transfer);
    const abort = () => this.port.send({ kind: 'abort', id }, []);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
    return result.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Fails everything, now and later. */
  end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.pending.values()) reject(this.ended);
    this.pending.clear();
  }
}

/** A session with a worker, and how to be rid of it. */
export function openWorker(worker: Worker, onNotice?: (notice: JsonValue) => void) {
  const port: Port<ToWorker, FromWorker> = {
    send: (message, transfer) => worker.postMessage(message, transfer),
    listen: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
  };
  const session = new WorkerSession(port, onNotice);
  worker.addEventListener('error', ({ message }) => {
    session.end(new GpuError(`the engine's worker does not run: ${message || 'its script did not load'}`));
  });
  const close = () => {
    worker.terminate();
    session.end(new GpuError('the engine was closed'));
  };
  return { session, close };
}
