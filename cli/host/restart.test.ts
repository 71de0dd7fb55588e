// A host that dies, finds no answer from its GPU or never speaks while it starts: started again, told, at most three times.
import { expect, it } from 'vitest';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { serveJobs } from '../../src/jobs/host.ts';
import { NoGpuError } from '../../src/runtime/errors.ts';
import type { Attempt } from './gpu-choice.ts';
import type { Launch } from './host-process.ts';
import { startFirst } from './session.ts';

const process = { stderrTail: () => 'last words', kill: () => undefined, close: async () => undefined };
const ADAPTER = { name: 'fake', software: true };

/** A host within this process, whose job `adapter` is the given one. */
const serving =
  (adapter: () => Promise<typeof ADAPTER>, gpu: () => Promise<GPU> = async () => ({}) as GPU): Launch =>
  async (url) => {
    const jobs = jobRegistry(defineJob('adapter', adapter));
    serveJobs({ host: 'node', gpu, jobs, url, end: () => undefined }).catch(() => undefined);
    return process;
  };

const good = serving(async () => ADAPTER);
const silent = async () => {
  throw new NoGpuError('no answer from requestAdapter', { reason: 'timeout' });
};
const FAILURES: Readonly<Record<string, Launch>> = {
  'it dies': async (_url, onExit) => {
    setTimeout(onExit, 5, 'was ended by SIGSEGV');
    return process;
  },
  'its WebGPU does not answer': serving(async () => ADAPTER, silent),
  'its adapter does not answer': serving(silent),
  'it never says anything': async () => process,
};

function open(launches: Launch[]) {
  const told: string[] = [];
  const launch: Launch = (url, onExit) => (launches.shift() ?? good)(url, onExit);
  const attempt: Attempt = { name: 'a fake host', gpu: 'software', prepare: async () => launch };
  const search = { host: 'node', gpu: 'software', dawnFeatures: undefined, program: import.meta.filename } as const;
  const options = {
    host: 'node',
    gpu: 'software',
    heartbeatTimeout: 1,
    onRestart: (why: string) => told.push(why),
  } as const;
  return { told, session: startFirst([attempt], search, options) };
}

it.each(Object.entries(FAILURES))('%s once', async (_, launch) => {
  const { told, session } = open([launch]);
  const { adapter, close } = await session;
  expect(adapter.name).toBe('fake');
  expect(told).toEqual([expect.stringMatching(/Starting a fake host again \(2 of 4\) …$/)]);
  await close();
});

it('it dies each time: an error with the end of its output, after four starts', async () => {
  const { told, session } = open(Array.from({ length: 5 }, () => FAILURES['it dies'] ?? good));
  await expect(session).rejects.toThrow(/a fake host \(software\): host node was ended by SIGSEGV.*last words/s);
  expect(told).toHaveLength(3);
});

it('a GPU that is not there is no reason to start again', async () => {
  const none = serving(async () => {
    throw new NoGpuError('no adapter');
  });
  const { told, session } = open([none]);
  await expect(session).rejects.toThrow(/no adapter/);
  expect(told).toEqual([]);
});
