// The two ends of a worker's channel, over a MessageChannel: results, events, aborting, errors of their class.
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, DataError, GpuError, NoGpuError } from '../runtime/errors.ts';
import { defineJob, type JobContext, type JobsOf, jobRegistry } from './define-job.ts';
import { type FromWorker, type Port, servePort, type ToWorker, WorkerClient } from './worker-transport.ts';

const channels: MessageChannel[] = [];
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close();
    port2.close();
  }
});

function portOf<Out, In>(port: MessagePort): Port<Out, In> {
  return {
    send: (sent, transfer) => port.postMessage(sent, transfer),
    listen: (listener) => {
      port.onmessage = ({ data }) => listener(data);
    },
  };
}

const jobsWith = (notify: (notice: string) => void) =>
  jobRegistry(
    defineJob('echo', async (request: unknown, { report }: JobContext<unknown>) => {
      report({ half: 1, extra: Uint8Array.of(9) });
      return request;
    }),
    defineJob('refuse', async () => {
      throw new ConfigError('growthRate', 0, 'must be at least 1');
    }),
    defineJob(
      'wait',
      (_: undefined, { signal }) =>
        new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('aborted'))),
    ),
    defineJob('sum', async (count: number, { ask }: JobContext<never, number, Uint8Array>) => {
      const replies = await Promise.all(Array.from({ length: count }, (_, i) => ask(i)));
      return replies.map((reply) => [...reply]);
    }),
    defineJob('tell', async () => notify('something')),
  );
type TestJobs = JobsOf<ReturnType<typeof jobsWith>>;

function open(notices: string[] = [], gpu = () => ({}) as GPU) {
  const channel = new MessageChannel();
  channels.push(channel);
  servePort(portOf<FromWorker<string>, ToWorker>(channel.port1), gpu, jobsWith);
  return new WorkerClient<TestJobs, string>(portOf(channel.port2), (notice) => notices.push(notice));
}

describe('a worker client', () => {
  it('brings back plain data with its arrays, and events before them', async () => {
    const events: unknown[] = [];
    const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
    const request = { a: 1, list: [bytes], map: new Map([['x', Float32Array.of(Number.NaN)]]) };
    const onEvent = (event: unknown) => events.push(event);
    const answer = await open().run('echo', request, { onEvent });
    expect(answer).toEqual({ a: 1, list: [Uint8Array.of(2, 3)], map: new Map([['x', Float32Array.of(Number.NaN)]]) });
    expect(events).toEqual([{ half: 1, extra: Uint8Array.of(9) }]);
  });

  it('hands over bytes that fill their buffer, and copies a view', async () => {
    const whole = Uint8Array.of(1, 2);
    const view = Uint8Array.of(1, 2, 3).subarray(0, 2);
    await open().run('echo', { whole, nested: { view } });
    expect(whole.length).toBe(0);
    expect(view.length).toBe(2);
  });

  it('carries what has a class of its own as it is', async () => {
    const file = new Blob(['abc']);
    const answer = await open().run('echo', { file, twice: [file] });
    expect(answer).toEqual({ file: expect.any(Blob), twice: [expect.any(Blob)] });
  });

  it('keeps the class of an error', async () => {
    await expect(open().run('refuse')).rejects.toBeInstanceOf(ConfigError);
    await expect(open().run('nothing' as 'echo', null)).rejects.toThrow('no job is called nothing');
    const without = () => {
      throw new NoGpuError('none');
    };
    await expect(open([], without).run('echo', null)).rejects.toBeInstanceOf(NoGpuError);
  });

  it('aborts one job while another goes on', async () => {
    const client = open();
    const abort = new AbortController();
    const waiting = client.run('wait', undefined, { signal: abort.signal });
    expect(await client.run('echo', 7)).toBe(7);
    abort.abort();
    expect(await waiting).toBe('aborted');
  });

  it('brings each question its own reply, of several that are under way', async () => {
    const onAsk = async (question: number) => {
      await new Promise((resolve) => setTimeout(resolve, 10 - 3 * question));
      return Uint8Array.of(0, question, 9).subarray(1, 2);
    };
    expect(await open().run('sum', 3, { onAsk })).toEqual([[0], [1], [2]]);
  });

  it('fails a question with the error of its reply, and a client that cannot reply', async () => {
    const onAsk = async (): Promise<never> => {
      throw new DataError('photo.jpg', 3, 'is gone');
    };
    await expect(open().run('sum', 1, { onAsk })).rejects.toBeInstanceOf(DataError);
    await expect(open().run('sum', 1)).rejects.toThrow('onAsk');
  });

  it('passes on notices', async () => {
    const notices: string[] = [];
    await open(notices).run('tell');
    expect(notices).toEqual(['something']);
  });

  it('fails what is under way and what comes later once it has ended', async () => {
    const client = open();
    const waiting = client.run('wait');
    client.end(new GpuError('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(client.run('echo', null)).rejects.toThrow('gone');
  });
});
