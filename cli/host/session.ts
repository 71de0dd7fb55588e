// A session: one host process with one GPU, which runs jobs one after another. A host that dies, falls silent or cannot
// start is a typed error with the end of its output; nothing here waits forever, and closing leaves nothing behind.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterReport } from '../../src/jobs/adapter.ts';
import type { JobClient, JobType } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import { NoGpuError } from '../../src/runtime/errors.ts';
import { RETRIES, retried } from '../../src/runtime/opening.ts';
import { note } from '../output.ts';
import { type Attempt, type AttemptOptions, attempts, type CliHost, type GpuChoice, noGpuError } from './gpu-choice.ts';
import type { HostProcess } from './host-process.ts';
import { HostError } from './host-process.ts';
import { JobServer } from './job-server.ts';
import { packageRoot } from './package-root.ts';

/** Programs of a host, one per host in a folder of `dist`, and the jobs that they serve. */
export interface HostBundle<Jobs> {
  readonly folder: string;
  /** Never set: the jobs' type. */
  readonly jobs?: Jobs;
}

export const HOST_BUNDLE: HostBundle<HostJobs> = { folder: 'hosts' };

/** Every host serves `adapter`, whichever bundle it has. */
type HasAdapter = Pick<HostJobs, 'adapter'>;

export interface SessionOptions {
  readonly host: CliHost;
  readonly gpu: GpuChoice;
  /** For Dawn under Node, separated by commas; what it prints then goes to our standard output. */
  readonly dawnFeatures?: string;
  /**
   * Seconds that a host may be silent: 600 unless given, 60 while it starts. Deno answers nothing while
   * it waits for the GPU, and a step of a large network in software takes minutes.
   */
  readonly heartbeatTimeout?: number;
  /** Called with the reason when a host that died or fell silent as it started is started again. Default: a line on standard error. */
  readonly onRestart?: (problem: string) => void;
}

/** Runs jobs one after another. `run` throws what the job throws, and HostError where the host dies or falls silent. */
export interface Session<Jobs extends Record<keyof Jobs, JobType> = HostJobs> extends JobClient<Jobs> {
  readonly host: CliHost;
  readonly adapter: AdapterReport;
  close(): Promise<void>;
}

/**
 * Starts the first host and GPU that do. A host that dies, falls silent or loses its GPU while it starts is started again, at
 * most three times.
 * @throws NoGpuError when none does, with a line for each that was tried.
 */
export const openSession = (options: SessionOptions): Promise<Session> => openBundle(HOST_BUNDLE, options);

/** As `openSession`, with the jobs of another bundle. */
export async function openBundle<Jobs extends HasAdapter & Record<keyof Jobs, JobType>>(
  bundle: HostBundle<Jobs>,
  options: SessionOptions,
): Promise<Session<Jobs>> {
  const { host, gpu, dawnFeatures } = options;
  const program = join(packageRoot, 'dist', bundle.folder, `${host}.js`);
  const search = { host, gpu, dawnFeatures, program };
  return startFirst<Jobs>(attempts(search), search, options);
}

/** Of `openBundle`: the first of a list of attempts that starts. */
export async function startFirst<Jobs extends Record<keyof Jobs, JobType>>(
  list: readonly Attempt[],
  search: AttemptOptions,
  options: SessionOptions,
): Promise<Session<Jobs>> {
  const { program } = search;
  const { onRestart = note } = options;
  const failures: string[] = [];
  for (const attempt of list) {
    // The end of its output may be long; why it ended is in the first line.
    const onRetry = ({ message: why }: Error, number: number) =>
      onRestart(`${why.split('\n')[0]} Starting ${attempt.name} again (${number} of ${RETRIES + 1}) …`);
    try {
      return await retried(() => start<Jobs>(attempt, program, options), { onRetry });
    } catch (error) {
      if (!(error instanceof NoGpuError || error instanceof HostError)) throw error;
      failures.push(`${attempt.name} (${attempt.gpu}): ${error.message}`);
    }
  }
  throw noGpuError(search, failures);
}

async function start<Jobs extends Record<keyof Jobs, JobType>>(
  attempt: Attempt,
  program: string,
  options: SessionOptions,
): Promise<Session<Jobs>> {
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
    fail(`sent nothing for ${seconds} seconds`);
    child?.kill();
  };
  try {
    child = await launch(server.url, fail);
    const adapter = await server.run<AdapterReport>('adapter', undefined);
    if (adapter.software !== (attempt.gpu === 'software')) throw new NoGpuError(`its adapter is ${adapter.name}`);
    return serialSession(host, adapter, server, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function serialSession<Jobs extends Record<keyof Jobs, JobType>>(
  host: CliHost,
  adapter: AdapterReport,
  server: JobServer,
  close: () => Promise<void>,
): Session<Jobs> {
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    host,
    adapter,
    run: <Name extends keyof Jobs & string>(name: Name, ...[request, options]: Jobs[Name]['args']) => {
      const answer = last.then(() => server.run<Jobs[Name]['answer']>(name, request, options));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: () => {
      server.fail(new HostError(host, 'was closed while a job ran', ''));
      closing ??= close();
      return closing;
    },
  };
}
