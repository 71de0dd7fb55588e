// The page's side of a worker that serves jobs: each run is a promise, its errors of the class that was thrown in the
// worker. A worker that cannot be loaded or dies fails all that is under way and all that is asked of it later.

import { GpuError } from '../runtime/errors.ts';
import { type JsonValue, type Message, message } from './message.ts';
import { answered } from './opening.ts';
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
  /** The worker has said something: its script runs. Rejects when the session ends before. */
  private readonly ready: Promise<void>;
  private settleReady: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(
    private readonly port: Port<ToWorker, FromWorker>,
    onNotice: (notice: JsonValue) => void = () => undefined,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    port.listen((received) => {
      this.settleReady?.resolve();
      if (received.kind === 'ready') return;
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

  /**
   * Runs the first job, which finds the GPU.
   * @param silence milliseconds that the worker's first message, and then the job, may take
   * @throws DeviceLostError where either takes longer; otherwise as `run`
   */
  async open(job: string, silence: number): Promise<Message> {
    const opened = this.run(job, message(null));
    opened.catch(() => undefined);
    await answered('the worker’s script', this.ready, silence);
    return answered('requestAdapter or requestDevice', opened, silence);
  }

  /** Fails everything, now and later. */
  end(error: Error): void {
    this.ended ??= error;
    this.settleReady?.reject(error);
    for (const { reject } of this.pending.values()) reject(this.ended);
    this.pending.clear();
  }
}

/**
 * A session with a worker, and how to be rid of it.
 * @param onDeath told when the worker cannot be loaded, or dies
 */
export function openWorker(
  worker: Worker,
  onNotice?: (notice: JsonValue) => void,
  onDeath: (error: GpuError) => void = () => undefined,
) {
  const port: Port<ToWorker, FromWorker> = {
    send: (message, transfer) => worker.postMessage(message, transfer),
    listen: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
  };
  const session = new WorkerSession(port, onNotice);
  worker.addEventListener('error', ({ message }) => {
    const error = new GpuError(`the engine's worker does not run: ${message || 'its script did not load'}`);
    session.end(error);
    onDeath(error);
  });
  const close = (error: Error = new GpuError('the engine was closed')) => {
    worker.terminate();
    session.end(error);
  };
  return { session, close };
}
