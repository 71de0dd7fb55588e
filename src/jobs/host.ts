// The host's side of the HTTP transport, the loop that every host runs: ask the command line for a job, run it, send its
// events and its answer, ask again. One job at a time. A host that finds nobody at the other end, or hears that it is
// no longer needed, ends. The command line's side is cli/host/job-server.ts. Chromium and Deno are below; Node, whose WebGPU
// is a package of its own, is host-node.ts.

import { isJsonObject } from '../data/json.ts';
import { NoGpuError } from '../runtime/errors.ts';
import { type AnyJob, findJob, type HostName, type JobContext } from './define-job.ts';
import { decodeMessage, encodeError, encodeMessage, errorFromText } from './message.ts';

export interface HttpHost {
  readonly host: Exclude<HostName, 'browser'>;
  /** The host's WebGPU. @throws NoGpuError where it has none. */
  gpu(): Promise<GPU>;
  readonly jobs: Readonly<Record<string, AnyJob>>;
  /** Where the command line listens, with a trailing slash. */
  readonly url: string;
  /** Ends the host's process or page; called once, when the command line is gone. */
  end(): void;
}

/** How often a host says that it is alive, in milliseconds. */
const HEARTBEAT_INTERVAL = 1000;
/**
 * Milliseconds before each further attempt of a request that failed. One failure does not mean that the command line is
 * gone: a host that was busy for minutes may have sent it on a connection that was closed meanwhile.
 */
const AGAIN_AFTER = [100, 500];

/** Serves jobs until the command line closes the session or goes away. */
export async function serveJobs(host: HttpHost): Promise<void> {
  let gpu: GPU;
  try {
    gpu = await host.gpu();
  } catch (thrown) {
    await post(host, 'unavailable', JSON.stringify(encodeError(thrown))).catch(() => undefined);
    return host.end();
  }
  let abort = new AbortController();
  let running = '';
  const alive = setInterval(async () => {
    const response = await post(host, 'alive', undefined).catch(() => undefined);
    if (!response?.ok) return stop();
    const answer: unknown = await response.json();
    if (running !== '' && isJsonObject(answer) && answer.cancelled === running) abort.abort();
  }, HEARTBEAT_INTERVAL);
  const stop = () => {
    clearInterval(alive);
    host.end();
  };
  for (;;) {
    const response = await ask(`${host.url}next`).catch(() => undefined);
    if (response?.status === 204) continue;
    if (!response?.ok) return stop();
    abort = new AbortController();
    running = response.headers.get('x-job') ?? '';
    const name = decodeURIComponent(response.headers.get('x-name') ?? '');
    const body = new Uint8Array(await response.arrayBuffer());
    await runJob(host, gpu, { id: running, name, body, signal: abort.signal });
    running = '';
  }
}

interface Assignment {
  readonly id: string;
  readonly name: string;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

async function runJob(host: HttpHost, gpu: GPU, { id, name, body, signal }: Assignment): Promise<void> {
  let sending: Promise<unknown> = Promise.resolve();
  let events = 0;
  const context: JobContext<unknown, unknown, unknown> = {
    gpu,
    host: host.host,
    now: () => performance.now(),
    report: (event) => {
      const frame = encodeMessage(event);
      // Numbered, so that one that is sent again because its answer got lost counts once.
      const path = `event/${id}/${++events}`;
      sending = sending.then(() => post(host, path, frame)).catch(() => undefined);
    },
    ask: async (question) => {
      const response = await post(host, `ask/${id}`, encodeMessage(question));
      if (response.status === 422) throw errorFromText(await response.text());
      if (!response.ok) throw new Error(`the command line did not reply to the job ${name} (${response.status})`);
      return decodeMessage(new Uint8Array(await response.arrayBuffer()));
    },
    signal,
  };
  try {
    const answer = encodeMessage(await findJob(host.jobs, name).run(decodeMessage(body), context));
    await sending;
    await post(host, `done/${id}`, answer);
  } catch (thrown) {
    await sending;
    await post(host, `failed/${id}`, JSON.stringify(encodeError(thrown))).catch(() => undefined);
  }
}

const post = ({ url }: HttpHost, path: string, body: Uint8Array<ArrayBuffer> | string | undefined) =>
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

/**
 * A Chromium page as a host, opened by the command line from its own local server, which makes it a secure context. Serves
 * `jobs` until the command line closes the browser.
 */
export const serveInPage = (jobs: Readonly<Record<string, AnyJob>>): Promise<void> =>
  serveJobs({
    host: 'chromium',
    gpu: async () => {
      if (navigator.gpu) return navigator.gpu;
      throw new NoGpuError('this browser has no navigator.gpu');
    },
    jobs,
    url: new URL('./', location.href).href,
    end: () => window.close(),
  });

declare const Deno: { readonly env: { get(name: string): string | undefined }; exit(code: number): never };

/**
 * Deno as a host: its own WebGPU, which is wgpu with the shader compiler naga. Serves `jobs` until the command line ends
 * this process.
 */
export const serveUnderDeno = (jobs: Readonly<Record<string, AnyJob>>): Promise<void> =>
  serveJobs({
    host: 'deno',
    gpu: async () => {
      if (navigator.gpu) return navigator.gpu;
      throw new NoGpuError('this Deno has no navigator.gpu; host deno needs version 2 or later');
    },
    jobs,
    url: Deno.env.get('DENSENET_HOST_URL') ?? '',
    end: () => Deno.exit(0),
  });
