// Jobs in a page's worker, both ends. Messages are structured clones; typed arrays that own their buffer whole are handed
// over and not copied, so a sender must not use them after. Jobs run as they come, also several at once: a classification
// does not wait for a training to end. A worker that cannot be loaded or dies fails all that is under way and all that is
// asked of it later, with errors of the class that was thrown in the worker.

import { DeviceLostError, GpuError, NoGpuError } from '../runtime/errors.ts';
import { retriedUnder, within } from '../runtime/opening.ts';
import {
  type AnyJob,
  type AnyRunOptions,
  answerOf,
  findJob,
  type JobClient,
  type JobContext,
  type JobType,
} from './define-job.ts';
import { decodeError, encodeError, type WireError } from './message.ts';

/** One end of a channel: a worker's global scope, a `Worker`, a `MessagePort`. */
export interface Port<Out, In> {
  send(message: Out, transfer: ArrayBuffer[]): void;
  listen(listener: (message: In) => void): void;
}

export type ToWorker =
  | { readonly kind: 'run'; readonly id: number; readonly job: string; readonly request: unknown }
  | { readonly kind: 'abort'; readonly id: number }
  /** To the question with this number. */
  | { readonly kind: 'reply'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly number: number; readonly error: WireError };

export type FromWorker<Notice = never> =
  | { readonly kind: 'event' | 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'ask'; readonly id: number; readonly number: number; readonly question: unknown }
  /** The worker's script runs: its first message. */
  | { readonly kind: 'ready' }
  /** Belongs to no job. */
  | { readonly kind: 'notice'; readonly notice: Notice };

interface Pending {
  resolve(answer: unknown): void;
  readonly reject: (error: unknown) => void;
  readonly options: AnyRunOptions;
}

/** The page's end. `Notice` is what the worker may send unasked. */
export class WorkerClient<Jobs extends Record<keyof Jobs, JobType>, Notice = never> implements JobClient<Jobs> {
  private readonly pending = new Map<number, Pending>();
  private ended: Error | undefined;
  private ids = 0;
  /** The worker has sent something: its script runs. Rejects when the client ends before. */
  private readonly ready: Promise<void>;
  private settleReady: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(
    private readonly port: Port<ToWorker, FromWorker<Notice>>,
    onNotice: (notice: Notice) => void = () => undefined,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    port.listen((received) => {
      this.settleReady?.resolve();
      if (received.kind === 'ready') return;
      if (received.kind === 'notice') return onNotice(received.notice);
      const run = this.pending.get(received.id);
      if (!run) return;
      // The job's type says what it is: the worker's script is of this page's build.
      if (received.kind === 'event') return run.options.onEvent?.(received.value as never);
      if (received.kind === 'ask') return void this.reply(run.options, received);
      this.pending.delete(received.id);
      if (received.kind === 'failed') run.reject(decodeError(received.error));
      else run.resolve(received.value);
    });
  }

  /**
   * Runs a job. Typed arrays of the request that own their buffer are handed over to the worker: do not use them after.
   * @throws whatever the job throws, of the same class; GpuError when the worker is gone
   */
  run<Name extends keyof Jobs & string>(name: Name, ...args: Jobs[Name]['args']): Promise<Jobs[Name]['answer']> {
    if (this.ended) return Promise.reject(this.ended);
    const [request, options = {}] = args;
    const id = this.ids++;
    const transfer: ArrayBuffer[] = [];
    const sent = owned(request, transfer);
    const answer = new Promise<Jobs[Name]['answer']>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, options });
    });
    this.port.send({ kind: 'run', id, job: name, request: sent }, transfer);
    const { signal } = options;
    const abort = () => this.port.send({ kind: 'abort', id }, []);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
    return answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Sends what `onAsk` gives; the number's question gets exactly one reply. */
  private async reply(options: AnyRunOptions, asked: FromWorker<Notice> & { kind: 'ask' }): Promise<void> {
    const { number, question } = asked;
    try {
      const value = await answerOf(options, question);
      const transfer: ArrayBuffer[] = [];
      this.port.send({ kind: 'reply', number, value: owned(value, transfer) }, transfer);
    } catch (thrown) {
      this.port.send({ kind: 'refusal', number, error: encodeError(thrown) }, []);
    }
  }

  /**
   * Runs the first job, which finds the GPU.
   * @param silence milliseconds that the worker's first message, and then the job, may take
   * @throws DeviceLostError where either takes longer; otherwise as `run`
   */
  async open<Name extends keyof Jobs & string>(
    silence: number,
    name: Name,
    ...args: Jobs[Name]['args']
  ): Promise<Jobs[Name]['answer']> {
    const opened = this.run(name, ...args);
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
 * A client of a worker, and how to be rid of it.
 * @param onDeath called when the worker cannot be loaded, or dies
 */
export function openWorker<Jobs extends Record<keyof Jobs, JobType>, Notice = never>(
  worker: Worker,
  onNotice?: (notice: Notice) => void,
  onDeath: (error: GpuError) => void = () => undefined,
) {
  const port: Port<ToWorker, FromWorker<Notice>> = {
    send: (message, transfer) => worker.postMessage(message, transfer),
    listen: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
  };
  const client = new WorkerClient<Jobs, Notice>(port, onNotice);
  worker.addEventListener('error', ({ message }) => {
    const error = new GpuError(`the engine's worker does not run: ${message || 'its script did not load'}`);
    client.end(error);
    onDeath(error);
  });
  const close = (error: Error = new GpuError('the engine was closed')) => {
    worker.terminate();
    client.end(error);
  };
  return { client, close };
}

/**
 * The browser's WebGPU.
 * @throws NoGpuError where it has none, or none for a page that came over plain http
 */
function browserGpu(): GPU {
  if (navigator.gpu) return navigator.gpu;
  if (!isSecureContext)
    throw new NoGpuError('browsers give WebGPU only to secure pages: open it over https or from localhost');
  throw new NoGpuError('this browser has no WebGPU');
}

type Registry = Readonly<Record<string, AnyJob>>;

/**
 * Serves jobs to the page that made this worker.
 * @param make the jobs, given a way to notify the page unasked: that the device was lost, say
 */
export const serveInWorker = <Notice = never>(make: (notify: (notice: Notice) => void) => Registry): void =>
  servePort<Notice>(
    {
      send: (message, transfer) => postMessage(message, { transfer }),
      listen: (listener) => addEventListener('message', ({ data }) => listener(data)),
    },
    browserGpu,
    make,
  );

/** Serves jobs over a port, each with `gpu()`: a job without a GPU fails as one. */
export function servePort<Notice = never>(
  port: Port<FromWorker<Notice>, ToWorker>,
  gpu: () => GPU,
  make: (notify: (notice: Notice) => void) => Registry,
): void {
  const jobs = make((notice) => port.send({ kind: 'notice', notice }, []));
  const running = new Map<number, AbortController>();
  const questions = new Map<number, Pick<Pending, 'resolve' | 'reject'>>();
  let asked = 0;
  const run = async ({ id, job: name, request }: ToWorker & { kind: 'run' }) => {
    const abort = new AbortController();
    running.set(id, abort);
    const send = (kind: 'event' | 'done', value: unknown) => {
      const transfer: ArrayBuffer[] = [];
      port.send({ kind, id, value: owned(value, transfer) }, transfer);
    };
    try {
      const context: JobContext<unknown, unknown, unknown> = {
        gpu: gpu(),
        host: 'browser',
        now: () => performance.now(),
        report: (event) => send('event', event),
        ask: (question) => {
          const number = asked++;
          const reply = new Promise<unknown>((resolve, reject) => questions.set(number, { resolve, reject }));
          const transfer: ArrayBuffer[] = [];
          port.send({ kind: 'ask', id, number, question: owned(question, transfer) }, transfer);
          return reply.finally(() => questions.delete(number));
        },
        signal: abort.signal,
      };
      send('done', await findJob(jobs, name).run(request, context));
    } catch (thrown) {
      port.send({ kind: 'failed', id, error: encodeError(thrown) }, []);
    } finally {
      running.delete(id);
    }
  };
  port.listen((received) => {
    if (received.kind === 'run') run(received);
    else if (received.kind === 'abort') running.get(received.id)?.abort();
    else if (received.kind === 'reply') questions.get(received.number)?.resolve(received.value);
    else questions.get(received.number)?.reject(decodeError(received.error));
  });
  port.send({ kind: 'ready' }, []);
}

/**
 * The value as it is sent: typed arrays that are views of something larger are copied out, since a clone of a view has all
 * of its buffer. `transfer` gets the buffers that go with it.
 */
function owned(value: unknown, transfer: ArrayBuffer[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => owned(each, transfer));
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, owned(each, transfer)]));
  if (isTypedArray(value)) {
    const own = value.byteLength === value.buffer.byteLength ? value : value.slice();
    if (own.buffer instanceof ArrayBuffer && !transfer.includes(own.buffer)) transfer.push(own.buffer);
    return own;
  }
  // Whatever else has a class of its own (a File, an ImageBitmap) is cloned as it is.
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, owned(each, transfer)]));
}

type TypedArray = Uint8Array | Uint8ClampedArray | Int32Array | Float32Array | Float64Array;

const isTypedArray = (value: object): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

// Opening a GPU in a page's worker. A browser may restart its GPU process while a page opens: what was asked of the old one
// fails, or is never answered. So opening is tried again, each time in a new worker, and silence counts as a loss. One that
// was in use is opened anew, too, unless that happens over and over.

/** Milliseconds that a worker has for its first message, and a GPU for an adapter and a device; longer each time. */
export const SILENCE = [10_000, 15_000, 20_000] as const;
/** Milliseconds before the second and the third attempt. */
const PAUSES = [300, 1_000] as const;

/**
 * Whether another attempt may help: the GPU was lost, did not answer, or refused; also where the browser's GPU process was
 * just then restarting, which it reports as no adapter or in errors of its own. Not where the page has no WebGPU at all.
 */
export function isLoss(error: unknown): error is Error {
  if (error instanceof NoGpuError) return Boolean(navigator.gpu);
  if (error instanceof DeviceLostError || error instanceof GpuError) return true;
  return error instanceof Error && /external Instance|OperationError|AbortError/.test(`${error.name} ${error.message}`);
}

export interface OpeningOptions {
  /** Called after a loss, ahead of the next attempt, with its number: the first is 2. */
  readonly onAgain?: (attempt: number) => void;
}

/**
 * Runs `open` until it succeeds, three times at most. What is no loss fails at once.
 * @param open makes a new worker each time
 * @throws what the last attempt threw
 */
export const openAgain = <T>(open: (attempt: number) => Promise<T>, { onAgain }: OpeningOptions): Promise<T> =>
  retriedUnder({ mayRetry: isLoss, pauseMs: (failures) => PAUSES[failures - 1] ?? 0 }, open, {
    retries: PAUSES.length,
    onRetry: (_loss, attempt) => onAgain?.(attempt),
  });

/**
 * As `answer`, unless it takes too long.
 * @param what was asked, for the error
 * @throws DeviceLostError after `milliseconds` without an answer
 */
export const answered = <T>(what: string, answer: Promise<T>, milliseconds: number): Promise<T> =>
  within(milliseconds, answer, () => new DeviceLostError(`${what}: no answer within ${milliseconds / 1000} s`));

const MOST_RESTARTS = 3;
const RESTARTS_WITHIN = 120_000;

/** Restarts of an engine that was in use: at most three in two minutes. */
export class Restarts {
  private times: number[] = [];

  /** @param now milliseconds; counts as a restart where it may be one */
  mayAgain(now: number): boolean {
    this.times = this.times.filter((time) => now - time < RESTARTS_WITHIN);
    if (this.times.length >= MOST_RESTARTS) return false;
    this.times.push(now);
    return true;
  }
}
