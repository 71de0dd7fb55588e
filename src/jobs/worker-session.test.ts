// The two ends of a worker's channel, over a MessageChannel: results, events, aborting, errors of their class.
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, GpuError, NoGpuError } from '../runtime/errors.ts';
import { servePort } from './browser.ts';
import type { Jobs } from './job.ts';
import { attachment, type JsonValue, message } from './message.ts';
import type { Port } from './worker-port.ts';
import { WorkerSession } from './worker-session.ts';

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

const jobs: Jobs = {
  echo: async (input, { report }) => {
    report({ half: 1 }, { extra: Uint8Array.of(9) });
    return input;
  },
  refuse: async () => {
    throw new ConfigError('growthRate', 0, 'must be at least 1');
  },
  wait: (_input, { signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(message('aborted')))),
};

function open(notices: JsonValue[] = [], gpu = () => ({}) as GPU) {
  const channel = new MessageChannel();
  channels.push(channel);
  servePort(portOf(channel.port1), gpu, (notify) => ({
    ...jobs,
    tell: async () => {
      notify('something');
      return message(null);
    },
  }));
  return new WorkerSession(portOf(channel.port2), (notice) => notices.push(notice));
}

describe('a worker session', () => {
  it('brings back head and bytes, and events before them', async () => {
    const events: unknown[] = [];
    const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
    const result = await open().run('echo', message({ a: 1 }, { bytes }), { onEvent: (e) => events.push(e.head) });
    expect(result.head).toEqual({ a: 1 });
    expect(attachment(result, 'bytes')).toEqual(Uint8Array.of(2, 3));
    expect(events).toEqual([{ half: 1 }]);
  });

  it('hands over bytes that fill their buffer, and copies a view', async () => {
    const whole = Uint8Array.of(1, 2);
    const view = Uint8Array.of(1, 2, 3).subarray(0, 2);
    await open().run('echo', message(null, { whole, view }));
    expect(whole.length).toBe(0);
    expect(view.length).toBe(2);
  });

  it('keeps the class of an error', async () => {
    await expect(open().run('refuse', message(null))).rejects.toBeInstanceOf(ConfigError);
    await expect(open().run('nothing', message(null))).rejects.toThrow('no job is called nothing');
    const without = () => {
      throw new NoGpuError('none');
    };
    await expect(open([], without).run('echo', message(null))).rejects.toBeInstanceOf(NoGpuError);
  });

  it('aborts one job while another goes on', async () => {
    const session = open();
    const abort = new AbortController();
    const waiting = session.run('wait', message(null), { signal: abort.signal });
    expect((await session.run('echo', message(7))).head).toBe(7);
    abort.abort();
    expect((await waiting).head).toBe('aborted');
  });

  it('passes on notices', async () => {
    const notices: JsonValue[] = [];
    await open(notices).run('tell', message(null));
    expect(notices).toEqual(['something']);
  });

  it('fails what is under way and what comes later once it has ended', async () => {
    const session = open();
    const waiting = session.run('wait', message(null));
    session.end(new GpuError('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(session.run('echo', message(null))).rejects.toThrow('gone');
  });
});
