// A session: one host process with one GPU, which runs jobs one after another. A host that dies, falls silent or cannot
// start is a typed error with its last words; nothing here waits for ever, and closing leaves nothing behind.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterReport } from '../../src/jobs/adapter.ts';
import { type Message, message } from '../../src/jobs/message.ts';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { RETRIES, retried } from '../../src/runtime/opening.ts';
import { note } from '../output.ts';
import { type Attempt, type AttemptOptions, attempts, type CliHost, type GpuChoice, noGpuError } from './gpu-choice.ts';
import { HostError } from './host-error.ts';
import type { HostProcess } from './host-process.ts';
import { JobServer, type OnEvent } from './job-server.ts';
import { packageRoot } from './package-root.ts';

export interface SessionOptions {
  readonly host: CliHost;
  readonly gpu: GpuChoice;
  /** For Dawn under Node, separated by commas; what it prints then goes to our standard output. */
  readonly dawnFeatures?: string;
  /** `tests` has the tests' jobs besides, `bench-hosts` those of the benchmark alone; `gpu` those that measure. */
  readonly bundle?: 'hosts' | 'tests' | 'bench-hosts' | 'gpu';
  /**
   * Seconds in which a host may give no sign of life: 600 unless given, 60 while it starts. Deno answers nothing while
   * it waits for the GPU, and a step of a large network in software takes minutes.
   */
  readonly heartbeatTimeout?: number;
  /** Told why a host that died or fell silent as it started is started again. Default: a line on standard error. */
  readonly onRestart?: (problem: string) => void;
}

export interface RunOptions {
  readonly onEvent?: OnEvent;
  /** Tells the job that its result is no longer wanted; the job decides how to end. */
  readonly signal?: AbortSignal;
}

export interface Session {
  readonly host: CliHost;
  readonly adapter: AdapterReport;
  /**
   * Runs a job and gives its result; several wait for each other.
   * @throws whatever the job throws, of the same class; HostError when the host dies or falls silent.
   */
  run(job: string, input: Message, options?: RunOptions): Promise<Message>;
  close(): Promise<void>;
}

/**
 * Starts the first host and GPU that do. A host that dies, falls silent or loses its GPU while it starts is started again, at
 * most three times.
 * @throws NoGpuError when none does, with a line for each that was tried.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { host, gpu, dawnFeatures, bundle = 'hosts' } = options;
  const program = join(packageRoot, 'dist', bundle, `${host}.js`);
  const search = { host, gpu, dawnFeatures, program };
  return startFirst(attempts(search), search, options);
}

/** Of `openSession`: the first of a list of attempts that starts. */
export async function startFirst(
  list: readonly Attempt[],
  search: AttemptOptions,
  options: SessionOptions,
): Promise<Session> {
  const { program } = search;
  const { onRestart = note } = options;
  const failures: string[] = [];
  for (const attempt of list) {
    // Its last words may be many; why it ended is in the first line.
    const onRetry = ({ message: why }: Error, number: number) =>
      onRestart(`${why.split('\n')[0]} Starting ${attempt.name} again (${number} of ${RETRIES + 1}) …`);
    try {
      return await retried(() => start(attempt, program, options), { onRetry });
    } catch (error) {
      if (!(error instanceof NoGpuError || error instanceof HostError)) throw error;
      failures.push(`${attempt.name} (${attempt.gpu}): ${error.message}`);
    }
  }
  throw noGpuError(search, failures);
}

async function start(attempt: Attempt, program: string, options: SessionOptions): Promise<Session> {
  const { host, heartbeatTimeout } = options;
  const launch = await attempt.prepare();
  const text = await readFile(program, 'utf8').catch((cause) => {
    throw new Error(`${program} cannot be read; npm run build makes it`, { cause });
  });
  const server = await JobServer.open(text);
  let child: HostProcess | undefined;
  const close = async () => {
    await Promise.all([server.close(), child?.close()]);
  };
  const fail = (how: string) => server.fail(new HostError(host, how, child?.stderrTail() ?? ''));
  server.onUnavailable = (error) => server.fail(error);
  server.onLostJob = () => fail('lost the job that it was given, or the result');
  server.onSilence = (seconds) => {
    const limit = heartbeatTimeout ?? (server.started ? 600 : 60);
    if (seconds < limit) return;
    fail(`gave no sign of life for ${seconds} seconds`);
    child?.kill();
  };
  try {
    child = await launch(server.url, fail);
    const adapter = (await server.run('adapter', message({}))).head as AdapterReport;
    if (adapter.software !== (attempt.gpu === 'software')) throw new NoGpuError(`what it has is ${adapter.name}`);
    return serialSession(host, adapter, server, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function serialSession(host: CliHost, adapter: AdapterReport, server: JobServer, close: () => Promise<void>): Session {
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    host,
    adapter,
    run: (job, input, { onEvent, signal } = {}) => {
      const result = last.then(() => server.run(job, input, onEvent, signal));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => {
      server.fail(new HostError(host, 'was closed while a job ran', ''));
      closing ??= close();
      return closing;
    },
  };
}
