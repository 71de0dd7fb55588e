// examples/dask.py with a scheduler and workers as on many machines, each a process: one of them is killed while it predicts, and
// every image is in the result exactly once.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildDensenet } from '../../cli/densenet-process.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { missingFor, PYTHON } from '../fixtures/python.ts';

const DASK = join(packageRoot, 'examples/dask.py');
const DENSENET = `${process.execPath} ${join(packageRoot, 'bin/densenet.mjs')}`;
const CHECKPOINT = join(packageRoot, 'data/models/fashion-mnist-small.safetensors');
const reason = missingFor('distributed');
const folder = mkdtempSync(join(tmpdir(), 'densenet-dask-'));
const schedulerFile = join(folder, 'scheduler.json');
const started: ChildProcess[] = [];
afterAll(async () => {
  const ended = started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    ended.map(async (child) => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );
  rmSync(folder, { recursive: true });
});

/** A module of Dask's as a process, with a folder of its own for what it leaves. */
function start(module: string, ...args: string[]): ChildProcess {
  const child = spawn(PYTHON, ['-m', module, ...args], { cwd: folder, stdio: 'ignore' });
  started.push(child);
  return child;
}

beforeAll(async () => {
  if (reason !== undefined) return;
  buildDensenet();
  const local = ['--host', '127.0.0.1'];
  start('distributed.cli.dask_scheduler', ...local, '--port', '0', '--no-dashboard', '--scheduler-file', schedulerFile);
  while (!existsSync(schedulerFile)) await wait(50);
});

it('every image is there exactly once, in order, though a worker is killed on the way', {
  timeout: 180_000,
}, async (context) => {
  context.skip(reason !== undefined, reason);
  const workers = Array.from({ length: 3 }, () =>
    start(
      'distributed.cli.dask_worker',
      '--scheduler-file',
      schedulerFile,
      '--nthreads',
      '1',
      '--no-nanny',
      '--no-dashboard',
    ),
  );
  const pictures = ['rgb-420.jpg', 'grey-8.png', 'palette-8.png'];
  const images = Array.from({ length: 8 }, (_, i) => {
    const path = join(folder, `image ${i}.${i % 3 === 0 ? 'jpg' : 'png'}`);
    copyFileSync(join(packageRoot, 'tests/pictures', pictures[i % 3] ?? ''), path);
    return path;
  });
  const bad = join(folder, 'no-image.png');
  writeFileSync(bad, 'not a picture');
  images.splice(5, 0, bad);
  const out = join(folder, 'rows.jsonl');
  const options = ['--scheduler', schedulerFile, '--checkpoint', CHECKPOINT, '--out', out, '--partition', '2'];
  const child = spawn(PYTHON, [DASK, ...options, '--densenet', DENSENET, '--', '--gpu', 'software', '--top', '1']);
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stdin.end(images.map((path) => `${path}\n`).join(''));
  const exit = once(child, 'exit');
  while (!/files/.test(text) && child.exitCode === null) await wait(20);
  // More partitions are waiting than there are workers: this one is at work.
  workers[1]?.kill('SIGKILL');
  const [code] = await exit;
  expect(code, text).toBe(1);
  const rows = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ file }) => file)).toEqual(images);
  expect(rows.filter(({ error }) => error !== undefined).map(({ file }) => file)).toEqual([bad]);
  expect(text).toContain('9 files, 1 of them could not be classified');
  expect(existsSync(`${out}.partial`)).toBe(false);
});
