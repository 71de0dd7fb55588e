// The command line's side of the HTTP transport: an HTTP server on 127.0.0.1, at a random port under a random path, from which one
// host fetches its page, its program and its jobs, and to which it posts events and results. The path is a secret of this
// process and its host, and requests under another host's name are refused. It keeps no state but the
// job that runs. It also keeps the host's silence: seconds in which nothing arrived while this process was awake.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AnyRunOptions, answerOf } from '../../src/jobs/define-job.ts';
import { decodeMessage, encodeError, encodeMessage, errorFromText } from '../../src/jobs/message.ts';
import { PLAIN_HEADERS } from '../../ui/page-policy.ts';
import { listenLocally, namesOwnHost, refuseHost } from './local-server.ts';

interface RunningJob {
  readonly id: string;
  readonly name: string;
  readonly options: AnyRunOptions;
  /** Undefined once the host has taken it. */
  body: Uint8Array | undefined;
  cancelled: boolean;
  /** How many of its events have come. */
  events: number;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>densenet</title><link rel="icon" href="data:,">
<script type="module" src="host.js"></script>`;
/** What the host's page may do: run its program, and talk to this server. */
const PAGE_HEADERS = {
  ...PLAIN_HEADERS,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
/** How long a host's question for a job stays open before it is told to ask again, in milliseconds. */
const ASK_AGAIN = 10_000;

const errorOf = (body: Uint8Array): Error => errorFromText(new TextDecoder().decode(body));

export class JobServer {
  readonly #server: Server;
  readonly #path = `/${randomUUID()}/`;
  readonly #program: string;
  #port = 0;
  #job: RunningJob | undefined;
  #asking: ServerResponse | undefined;
  #failure: Error | undefined;
  #jobs = 0;
  #silence = 0;
  readonly #clock: NodeJS.Timeout;
  /** Whether the host has asked for a job yet. */
  started = false;
  /** Called every second with the seconds of silence. */
  onSilence: (seconds: number) => void = () => undefined;
  /** Called when the host asks for a job while it should be at one: that one, or its result, never arrived. */
  onLostJob: () => void = () => undefined;
  /** Called when the host has no WebGPU, with its reason. */
  onUnavailable: (error: Error) => void = () => undefined;

  private constructor(program: string) {
    this.#program = program;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    // Hosts keep connections open, and may be too busy for minutes to send a request on one or to notice that it was closed.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = 0;
    this.#clock = setInterval(() => this.onSilence(++this.#silence), 1000);
  }

  /** A server that gives `program` as the host's JavaScript. */
  static async open(program: string): Promise<JobServer> {
    const server = new JobServer(program);
    server.#port = await listenLocally(server.#server);
    return server;
  }

  /** Where the host finds it, with a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#path}`;
  }

  /**
   * Runs one job; the caller sees to it that there is no other, and knows its types. Rejects when the host fails.
   * @throws TypeError for a request that is no plain data
   */
  run<Answer>(name: string, request: unknown, options: AnyRunOptions = {}): Promise<Answer> {
    const { signal } = options;
    if (this.#failure) return Promise.reject(this.#failure);
    const id = String(++this.#jobs);
    return new Promise<Answer>((resolve, reject) => {
      const body = encodeMessage(request);
      const job: RunningJob = {
        id,
        name,
        options,
        body,
        cancelled: signal?.aborted === true,
        events: 0,
        resolve,
        reject,
      };
      signal?.addEventListener('abort', () => {
        job.cancelled = true;
      });
      this.#job = job;
      this.#silence = 0;
      this.#offer();
    }).finally(() => {
      this.#job = undefined;
    });
  }

  /** The host is gone: the job that runs, and every later one, rejects with `error`. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#job?.reject(this.#failure);
  }

  /** Sends the host away and stops listening. */
  async close(): Promise<void> {
    clearInterval(this.#clock);
    this.#asking?.writeHead(410).end();
    this.#asking = undefined;
    this.#server.closeIdleConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      setTimeout(() => this.#server.closeAllConnections(), 500).unref();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!namesOwnHost(request)) return refuseHost(response);
    const url = request.url ?? '';
    if (!url.startsWith(this.#path)) return void response.writeHead(404).end();
    this.#silence = 0;
    request.on('data', () => {
      this.#silence = 0;
    });
    const [action, id, number] = url.slice(this.#path.length).split('/');
    if (request.method === 'GET') return this.#get(action ?? '', response);
    const body = await readBody(request);
    if (action === 'ask') return this.#reply(id ?? '', body, response);
    this.#post(action ?? '', id ?? '', Number(number), body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ cancelled: this.#job?.cancelled ? this.#job.id : '' }));
  }

  /** A question of the job that runs: its reply, or the error with status 422. */
  async #reply(id: string, body: Uint8Array, response: ServerResponse): Promise<void> {
    const job = this.#job;
    if (!job || job.id !== id) return void response.writeHead(410).end();
    try {
      const reply = encodeMessage(await answerOf(job.options, decodeMessage(body)));
      response.writeHead(200, { 'content-length': reply.byteLength }).end(reply);
    } catch (thrown) {
      response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify(encodeError(thrown)));
    }
  }

  #get(action: string, response: ServerResponse): void {
    if (action === 'page') {
      response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'text/html' }).end(PAGE);
    } else if (action === 'host.js') {
      response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'text/javascript' }).end(this.#program);
    } else if (action === 'next') {
      this.started = true;
      if (this.#job && !this.#job.body) this.onLostJob();
      this.#asking = response;
      setTimeout(() => {
        if (this.#asking !== response) return;
        this.#asking = undefined;
        response.writeHead(204).end();
      }, ASK_AGAIN).unref();
      this.#offer();
    } else {
      response.writeHead(404).end();
    }
  }

  #post(action: string, id: string, number: number, body: Uint8Array): void {
    if (action === 'unavailable') this.onUnavailable(errorOf(body));
    const job = this.#job;
    if (!job || job.id !== id) return;
    try {
      if (action === 'event') {
        // One that is sent again has arrived already.
        if (number <= job.events) return;
        job.events = number;
        // The job's type says what it is: the host's program is of this build.
        job.options.onEvent?.(decodeMessage(body) as never);
      } else if (action === 'done') job.resolve(decodeMessage(body));
      else if (action === 'failed') job.reject(errorOf(body));
    } catch (error) {
      // An event handler that throws ends the job for its caller; the host goes on to the next.
      job.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #offer(): void {
    const job = this.#job;
    if (!job?.body || !this.#asking) return;
    this.#asking.setHeader('x-job', job.id).setHeader('x-name', encodeURIComponent(job.name));
    this.#asking.setHeader('content-length', job.body.byteLength);
    this.#asking.end(job.body);
    this.#asking = undefined;
    job.body = undefined;
  }
}

/** Far above any network's state, and what an array can hold everywhere. */
export const MOST_BODY_BYTES = 2 ** 32 - 1;

/**
 * A request's body as bytes, in one allocation where its length is announced.
 * @throws Error when the body is shorter or longer than announced, or longer than `most` bytes: nothing is allocated then
 */
export async function readBody(request: IncomingMessage, most = MOST_BODY_BYTES): Promise<Uint8Array> {
  const header = request.headers['content-length'];
  if (header === undefined) return readChunks(request, most);
  const announced = Number(header);
  if (!(announced <= most)) throw new Error(`a body of ${announced} bytes; at most ${most} are read`);
  const body = new Uint8Array(announced);
  let offset = 0;
  for await (const chunk of request) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  if (offset !== body.byteLength) throw new Error(`a body of ${body.byteLength} bytes ended at ${offset}`);
  return body;
}

async function readChunks(request: IncomingMessage, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.byteLength;
    if (length > most) throw new Error(`a body of more than ${most} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
