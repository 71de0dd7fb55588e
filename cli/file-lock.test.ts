// Locks of runs that go on, that are gone, and that nobody can ask about.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { StorageError } from '../src/runtime/errors.ts';
import { lockFile } from './file-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-lock-'));
const file = join(folder, 'run.safetensors');
const lock = join(folder, '.run.safetensors.lock');
afterEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});

/** What a lock of this process says, with changes. */
async function lockOf(changes: object): Promise<string> {
  const release = await lockFile('--state', file);
  const said = JSON.parse(readFileSync(lock, 'utf8'));
  release();
  return JSON.stringify({ ...said, ...changes });
}

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return child.pid ?? 0;
}

test('a second run on the file is refused, and may have it afterwards', async () => {
  const release = await lockFile('--state', file);
  const second = lockFile('--state', file);
  await expect(second).rejects.toThrow(StorageError);
  await expect(second).rejects.toMatchObject({ reason: 'busy', code: 'storage' });
  await expect(second).rejects.toThrow(`--state: ${file} is in use by process ${process.pid} on ${hostname()}`);
  release();
  expect(readdirSync(folder)).toEqual([]);
  (await lockFile('--state', file))();
});

test('of many that want it at once, one gets it, also where a stale one is in the way', async () => {
  writeFileSync(lock, await lockOf({ pid: await endedPid() }));
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile('--out', file)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(['.run.safetensors.lock']);
});

test.each([
  ['whose process has ended', async () => ({ pid: await endedPid() })],
  ['whose process id another process has by now', async () => ({ pid: process.ppid, started: '1' })],
  ['from before the system started', async () => ({ pid: process.ppid, boot: 'another start' })],
])('a lock %s is taken over', async (_, changes) => {
  writeFileSync(lock, await lockOf(await changes()));
  const release = await lockFile('--state', file);
  expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
  release();
  expect(existsSync(lock)).toBe(false);
});

test.each([
  ['on another host', { host: 'elsewhere', pid: 7 }],
  ['in another container', { processes: 'pid:[1]', pid: 7 }],
])('one that is held %s is believed, and how to remove it is said', async (_, changes) => {
  writeFileSync(lock, await lockOf(changes));
  await expect(lockFile('--state', file)).rejects.toThrow(
    `cannot be checked from here: if it has ended, remove ${lock}`,
  );
});

test.each(['', 'x', '{}', '{"pid":-1}'])('one that says %j is not touched', async (text) => {
  writeFileSync(lock, text);
  await expect(lockFile('--state', file)).rejects.toThrow(`remove ${lock}`);
  expect(readFileSync(lock, 'utf8')).toBe(text);
});

test('what is given back is only the own lock', async () => {
  const release = await lockFile('--state', file);
  writeFileSync(lock, 'another');
  release();
  expect(readFileSync(lock, 'utf8')).toBe('another');
});
