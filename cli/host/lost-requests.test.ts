// Requests between a host and the command line that get lost, on their way or on their way back: a job goes on as if nothing
// had happened, and one that cannot go on ends with an error.
import { afterEach, expect, it, vi } from 'vitest';
import { defineJob, type JobContext, jobRegistry } from '../../src/jobs/define-job.ts';
import { serveJobs } from '../../src/jobs/host.ts';
import { JobServer } from './job-server.ts';

const GPU_OF_NOBODY = {} as GPU;
const jobs = jobRegistry(
  defineJob('count', async (request: string, { report }: JobContext<number>) => {
    for (const event of [1, 2, 3]) report(event);
    return request;
  }),
);
let server: JobServer;
let ended: Promise<void>;

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.close();
  await ended;
});

/** A host whose requests go through `network` and whose jobs report three events each. */
async function host(network: (send: typeof fetch) => typeof fetch): Promise<void> {
  server = await JobServer.open('');
  vi.stubGlobal('fetch', network(fetch));
  ended = new Promise((end) => {
    serveJobs({
      host: 'node',
      gpu: async () => GPU_OF_NOBODY,
      url: server.url,
      end,
      jobs,
    });
  });
}

it.each([
  ['on their way', false],
  ['on their way back', true],
])('requests that are lost once %s change nothing', async (_, arrives) => {
  const seen = new Set<string>();
  await host((send) => async (url, init) => {
    const first = !seen.has(String(url));
    seen.add(String(url));
    // A job that was handed out and never came is told apart below.
    const loses = first && !String(url).endsWith('/next');
    if (!loses || arrives) {
      const answer = await send(url, init);
      if (!loses) return answer;
      await answer.arrayBuffer();
    }
    throw new TypeError('connection closed');
  });
  const events: unknown[] = [];
  expect(await server.run('count', 'in', { onEvent: (event) => events.push(event) })).toBe('in');
  expect(events).toEqual([1, 2, 3]);
});

it('a host whose requests fail again and again ends, and so does the job', async () => {
  await host((send) => async (url, init) => {
    if (String(url).includes('/done/') || String(url).includes('/failed/')) throw new TypeError('connection closed');
    return send(url, init);
  });
  server.onLostJob = () => server.fail(new Error('lost'));
  await expect(server.run('count', 'in')).rejects.toThrow('lost');
});

it('a job that never came to its host ends', async () => {
  let lost = false;
  await host((send) => async (url, init) => {
    const answer = await send(url, init);
    if (lost || answer.headers.get('x-job') === null) return answer;
    lost = true;
    await answer.arrayBuffer();
    throw new TypeError('connection closed');
  });
  server.onLostJob = () => server.fail(new Error('lost'));
  await expect(server.run('count', 'in')).rejects.toThrow('lost');
});
