// Opening that is lost at each of its steps, or never answered: tried three times, in a new worker each time, then reported.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, DataError, DeviceLostError, GpuError, NoGpuError } from '../runtime/errors.ts';
import { defineJob, type JobsOf, jobRegistry } from './define-job.ts';
import {
  answered,
  type FromWorker,
  isLoss,
  openAgain,
  Restarts,
  SILENCE,
  servePort,
  type ToWorker,
  WorkerClient,
} from './worker-transport.ts';

/** What a worker's GPU does when it is asked for. */
type Gpu = Pick<GPU, 'requestAdapter'>;
const never = () => new Promise<never>(() => undefined);
const adapter = (requestDevice: () => Promise<unknown>) => ({ requestAdapter: async () => ({ requestDevice }) });

const jobs = jobRegistry(
  defineJob('open', async (_request, { gpu }) => {
    const found = await gpu.requestAdapter();
    if (!found) throw new NoGpuError('no adapter');
    await found.requestDevice();
    return 'open';
  }),
);
type OpeningJobs = JobsOf<typeof jobs>;

/** A worker in this thread, whose job `open` finds its GPU; `undefined` is a script that never runs. */
function client(gpu: Gpu | undefined): WorkerClient<OpeningJobs> {
  let toPage: (message: FromWorker) => void = () => undefined;
  // What is sent to a worker waits until its script listens.
  const waiting: ToWorker[] = [];
  let toWorker = (message: ToWorker): void => void waiting.push(message);
  const page = new WorkerClient<OpeningJobs>({
    send: (sent) => toWorker(sent),
    listen: (listener) => {
      toPage = listener;
    },
  });
  if (gpu) {
    const port = {
      send: (sent: FromWorker) => toPage(sent),
      listen: (listener: (message: ToWorker) => void) => {
        toWorker = listener;
        for (const sent of waiting.splice(0)) queueMicrotask(() => listener(sent));
      },
    };
    // A worker's first message comes when its script has run.
    queueMicrotask(() =>
      servePort(
        port,
        () => gpu as GPU,
        () => jobs,
      ),
    );
  }
  return page;
}

const lost = () => Promise.reject(new GpuError('A valid external Instance reference no longer exists'));
const good = adapter(async () => ({})) as unknown as Gpu;
const STEPS: readonly (readonly [step: string, gpu: unknown])[] = [
  ['the worker’s script never runs', undefined],
  ['requestAdapter never answers', { requestAdapter: never }],
  ['requestAdapter fails', { requestAdapter: lost }],
  ['requestAdapter finds none just then', { requestAdapter: async () => null }],
  ['requestDevice never answers', adapter(never)],
  ['requestDevice fails', adapter(lost)],
  ['the device is lost at once', adapter(() => Promise.reject(new DeviceLostError('restarted')))],
];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { gpu: {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Opens with the GPUs of one worker after another. */
async function open(gpus: readonly unknown[]) {
  const again: number[] = [];
  const begun = Date.now();
  const opening = openAgain(
    (attempt) => client(gpus[attempt - 1] as Gpu | undefined).open(SILENCE[attempt - 1] ?? 0, 'open'),
    { onAgain: (attempt) => again.push(attempt) },
  ).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return { result: await opening, again, seconds: (Date.now() - begun) / 1000 };
}

describe('opening', () => {
  it.each(STEPS)('is tried again where %s', async (_, gpu) => {
    expect(await open([gpu, good])).toMatchObject({ result: 'open', again: [2] });
    expect(await open([gpu, gpu, good])).toMatchObject({ result: 'open', again: [2, 3] });
  });

  it.each(STEPS)('ends with an error after three times, within a minute, where %s', async (_, gpu) => {
    const { result, again, seconds } = await open([gpu, gpu, gpu, good]);
    expect(result).toBeInstanceOf(Error);
    expect(isLoss(result)).toBe(true);
    expect(again).toEqual([2, 3]);
    expect(seconds).toBeLessThan(60);
  });

  it('does not call a slow answer silent', async () => {
    const slow = adapter(() => new Promise((resolve) => setTimeout(resolve, 9_900, {})));
    expect(await open([slow])).toMatchObject({ result: 'open', again: [] });
  });

  it.each([new ConfigError('a', 1, 'b'), new DataError('a', 0, 'cut')])(
    'is not tried again after %s',
    async (error) => {
      expect(await open([adapter(() => Promise.reject(error)), good])).toMatchObject({ again: [] });
    },
  );

  it('is not tried again where the page has no WebGPU', async () => {
    vi.stubGlobal('navigator', {});
    expect(await open([{ requestAdapter: async () => null }, good])).toMatchObject({ again: [] });
  });
});

it('names what gave no answer', async () => {
  const answer = answered('requestAdapter', never(), 10_000).catch((error: Error) => error);
  await vi.runAllTimersAsync();
  expect(await answer).toMatchObject({ name: 'DeviceLostError', reason: 'requestAdapter: no answer within 10 s' });
});

it('restarts an engine in use three times in two minutes', () => {
  const restarts = new Restarts();
  expect([0, 1000, 2000, 3000].map((now) => restarts.mayAgain(now))).toEqual([true, true, true, false]);
  expect(restarts.mayAgain(120_500)).toBe(true);
});
