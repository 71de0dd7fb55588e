// Hosts on the software GPU, made to go wrong in every way they can.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { TestJobs } from '../../tests/jobs/jobs.ts';
import { HOSTS } from './gpu-choice.ts';
import { HostError } from './host-process.ts';
import { packageRoot } from './package-root.ts';
import { type HostBundle, openBundle, type Session } from './session.ts';

const TEST_BUNDLE: HostBundle<TestJobs> = { folder: 'tests' };

const open = (host: (typeof HOSTS)[number], heartbeatTimeout = 60) =>
  openBundle(TEST_BUNDLE, { host, gpu: 'software', heartbeatTimeout });

beforeAll(() => {
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs'), '--if-stale', 'tests']);
}, 60_000);

/** Ends the renderers of the browsers that this process started, as the system does where memory runs out. */
function endRenderers(): void {
  // A bare Debian has no `ps`.
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]));
  const ours = new Set([String(process.pid)]);
  for (let before = 0; before < ours.size; ) {
    before = ours.size;
    for (const [pid, parent] of parents) if (ours.has(parent)) ours.add(pid);
  }
  for (const pid of ours)
    if (ofProcess(pid, 'cmdline').includes('--type=renderer')) process.kill(Number(pid), 'SIGKILL');
}

/** A file of a process's folder in /proc, empty where the process has ended. */
function ofProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

const parentOf = (pid: string): string => /^PPid:\s*(\d+)$/m.exec(ofProcess(pid, 'status'))?.[1] ?? '';

describe.each(HOSTS)('%s', (host) => {
  let session: Session<TestJobs>;
  beforeAll(async () => {
    session = await open(host);
  }, 90_000);
  afterAll(() => session?.close());

  it('names its adapter and calls it software', () => {
    expect(session.adapter.software).toBe(true);
    expect(session.adapter.name).toMatch(/^software WebGPU: .*SwiftShader/);
    expect(session.adapter.limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256);
  });

  it('takes and gives large messages, with all events before the result', { timeout: 30_000 }, async () => {
    const bytes = new Uint8Array(20_000_001).map((_, index) => index * 31);
    const seen: unknown[] = [];
    const answer = await session.run('echo', { a: 1, bytes }, { onEvent: (event) => seen.push(event) });
    expect(seen).toEqual([{ event: 0 }, { event: 1 }, { event: 2 }]);
    expect(answer).toMatchObject({ a: 1, bytes: expect.any(Uint8Array) });
    const { bytes: back } = answer as { bytes: Uint8Array };
    expect(Buffer.compare(back, bytes)).toBe(0);
  });

  it('runs jobs asked for at once in order', async () => {
    const results = await Promise.all([1, 2, 3].map((n) => session.run('echo', n)));
    expect(results).toEqual([1, 2, 3]);
  });

  it('throws what the job throws, and goes on', async () => {
    const typed = await session.run('throw-typed').catch((error) => error);
    expect(typed).toBeInstanceOf(ConfigError);
    expect(typed).toMatchObject({ code: 'config', field: 'growth', value: 0, name: 'ConfigError' });
    await expect(session.run('throw-untyped')).rejects.toMatchObject({ name: 'RangeError' });
    await expect(session.run('no such job' as 'hang')).rejects.toThrow(/no job is called no such job; there are/);
    expect(await session.run('echo', 'still here')).toBe('still here');
  });

  it('is not given up while its GPU keeps it from answering', { timeout: 30_000 }, async () => {
    expect(await session.run('busy', 2500)).toBe(2500);
    expect(await session.run('echo', 1)).toBe(1);
  });

  it('lets a job end when its caller gives up', async () => {
    const stop = new AbortController();
    const waiting = session.run('wait', undefined, { signal: stop.signal });
    stop.abort();
    expect(await waiting).toBe('aborted');
  });

  it('throws what an event handler throws', async () => {
    const onEvent = () => {
      throw new TypeError('in the handler');
    };
    await expect(session.run('echo', {}, { onEvent })).rejects.toThrow('in the handler');
    expect(await session.run('echo', 1)).toBe(1);
  });
});

describe.each(HOSTS)('%s, failing', (host) => {
  it('is a typed error when it crashes, also for the jobs that follow', { timeout: 30_000 }, async () => {
    const session = await open(host);
    const crash = session.run('crash').catch((error) => error);
    if (host === 'chromium') setTimeout(endRenderers, 1000);
    expect(await crash).toBeInstanceOf(HostError);
    expect((await crash).message).toMatch(/(crashed|ended with exit code 7); the end of its output:\nlast words/);
    await expect(session.run('echo')).rejects.toThrow(HostError);
    await session.close();
  });

  it('is a typed error when it hangs, and is ended', { timeout: 30_000 }, async () => {
    const session = await open(host, 3);
    await expect(session.run('hang')).rejects.toThrow(/sent nothing for 3 seconds/);
    await session.close();
  });

  it('rejects the job that runs when it is closed', { timeout: 30_000 }, async () => {
    const session = await open(host);
    const waiting = expect(session.run('wait')).rejects.toThrow(/was closed while a job ran/);
    await session.close();
    await waiting;
  });
});
