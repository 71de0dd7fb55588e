// A browser page's worker as a host: it runs the page's jobs on the browser's GPU, so that the page never stutters. Jobs
// run as they come, also several at once: a classification does not wait for a training to end.

import { DenseNetError, NoGpuError } from '../runtime/errors.ts';
import type { HostContext, Jobs } from './job.ts';
import { type JsonValue, type Message, message } from './message.ts';
import { encodeError } from './wire-error.ts';
import { type FromWorker, type Port, packContent, type ToWorker } from './worker-port.ts';

/**
 * The browser's WebGPU.
 * @throws NoGpuError where it has none, or none for a page that came over plain http
 */
export function browserGpu(): GPU {
  if (navigator.gpu) return navigator.gpu;
  if (!isSecureContext)
    throw new NoGpuError('browsers give WebGPU only to secure pages: open it over https or from localhost');
  throw new NoGpuError('this browser has no WebGPU');
}

/** What jobs may tell the page outside of any run: that the device was lost, say. */
export type Notify = (notice: JsonValue) => void;

/**
 * Serves jobs to the page that made this worker.
 * @param make the jobs, given a way to tell the page something unasked
 */
export const serveInWorker = (make: (notify: Notify) => Jobs): void =>
  servePort(
    {
      send: (message, transfer) => postMessage(message, { transfer }),
      listen: (listener) => addEventListener('message', ({ data }) => listener(data)),
    },
    browserGpu,
    make,
  );

/** Serves jobs over a port, each with `gpu()`: a job without a GPU fails as one. */
export function servePort(port: Port<FromWorker, ToWorker>, gpu: () => GPU, make: (notify: Notify) => Jobs): void {
  const jobs = make((head) => port.send({ kind: 'notice', head }, []));
  const running = new Map<number, AbortController>();
  const run = async ({ id, job: name, head, attachments }: ToWorker & { kind: 'run' }) => {
    const abort = new AbortController();
    running.set(id, abort);
    const send = (kind: 'event' | 'done', result: Message) => {
      const { content, transfer } = packContent(result);
      port.send({ kind, id, ...content }, transfer);
    };
    try {
      const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
      if (!job)
        throw new DenseNetError('config', `no job is called ${name}; there are ${Object.keys(jobs).join(', ')}`);
      const context: HostContext = {
        gpu: gpu(),
        host: 'browser',
        now: () => performance.now(),
        report: (event, bytes) => send('event', message(event, bytes)),
        signal: abort.signal,
      };
      send('done', await job({ head, attachments }, context));
    } catch (thrown) {
      port.send({ kind: 'failed', id, error: encodeError(thrown) }, []);
    } finally {
      running.delete(id);
    }
  };
  port.listen((received) => {
    if (received.kind === 'run') run(received);
    else running.get(received.id)?.abort();
  });
  port.send({ kind: 'ready' }, []);
}
