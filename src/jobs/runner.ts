// The loop that every host runs: ask the command line for a job, run it, send its events and its result, ask again.
// One job at a time. A host that finds nobody at the other end, or is told that it is no longer needed, ends.
import { DenseNetError } from '../runtime/errors.ts';
import type { HostContext, HostName, Job, Jobs } from './job.ts';
import { decodeMessage, encodeMessage, message } from './message.ts';
import { encodeError } from './wire-error.ts';

export interface Runner {
  readonly host: Exclude<HostName, 'browser'>;
  /** The host's WebGPU. @throws NoGpuError where it has none. */
  gpu(): Promise<GPU>;
  readonly jobs: Jobs;
  /** Where the command line listens, with a trailing slash. */
  readonly url: string;
  /** Ends the host's process or page; called once, when the command line is gone. */
  end(): void;
}

/** How often a host says that it is alive, in milliseconds. */
export const HEARTBEAT_INTERVAL = 1000;
/**
 * Milliseconds before each further attempt of a request that failed. One failure does not mean that the command line is
 * gone: a host that was busy for minutes may have sent it on a connection that was closed meanwhile.
 */
const AGAIN_AFTER = [100, 500];

/** Serves jobs until the command line closes the session or goes away. */
export async function serveJobs(runner: Runner): Promise<void> {
  let gpu: GPU;
  try {
    gpu = await runner.gpu();
  } catch (thrown) {
    await post(runner, 'unavailable', JSON.stringify(encodeError(thrown))).catch(() => undefined);
    return runner.end();
  }
  let abort = new AbortController();
  let running = '';
  const alive = setInterval(async () => {
    const response = await post(runner, 'alive', undefined).catch(() => undefined);
    if (!response?.ok) return stop();
    const { cancelled } = (await response.json()) as { cancelled: string };
    if (running !== '' && cancelled === running) abort.abort();
  }, HEARTBEAT_INTERVAL);
  const stop = () => {
    clearInterval(alive);
    runner.end();
  };
  for (;;) {
    const response = await ask(`${runner.url}next`).catch(() => undefined);
    if (response?.status === 204) continue;
    if (!response?.ok) return stop();
    abort = new AbortController();
    running = response.headers.get('x-job') ?? '';
    const name = decodeURIComponent(response.headers.get('x-name') ?? '');
    const body = new Uint8Array(await response.arrayBuffer());
    await runJob(runner, gpu, { id: running, name, body, signal: abort.signal });
    running = '';
  }
}

interface Assignment {
  readonly id: string;
  readonly name: string;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

async function runJob(runner: Runner, gpu: GPU, { id, name, body, signal }: Assignment): Promise<void> {
  let sending: Promise<unknown> = Promise.resolve();
  let events = 0;
  const context: HostContext = {
    gpu,
    host: runner.host,
    now: () => performance.now(),
    report: (event, attachments) => {
      const frame = encodeMessage(message(event, attachments));
      // Numbered, so that one that is sent again because its answer got lost counts once.
      const path = `event/${id}/${++events}`;
      sending = sending.then(() => post(runner, path, frame)).catch(() => undefined);
    },
    signal,
  };
  try {
    const result = encodeMessage(await findJob(runner.jobs, name)(decodeMessage(body), context));
    await sending;
    await post(runner, `done/${id}`, result);
  } catch (thrown) {
    await sending;
    await post(runner, `failed/${id}`, JSON.stringify(encodeError(thrown))).catch(() => undefined);
  }
}

function findJob(jobs: Jobs, name: string): Job {
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job) return job;
  throw new DenseNetError('config', `no job is called ${name}; there are ${Object.keys(jobs).join(', ')}`);
}

const post = ({ url }: Runner, path: string, body: Uint8Array<ArrayBuffer> | string | undefined) =>
  ask(url + path, { method: 'POST', ...(body === undefined ? {} : { body }) });

async function ask(url: string, init?: RequestInit): Promise<Response> {
  for (const wait of AGAIN_AFTER) {
    try {
      return await fetch(url, init);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return fetch(url, init);
}
