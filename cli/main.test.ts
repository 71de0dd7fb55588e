// The command line as a user meets it: what it prints where, and with which exit code it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, expect, it } from 'vitest';
import { buildDensenet, densenet } from './densenet-process.ts';
import { packageRoot } from './host/package-root.ts';

const bin = join(packageRoot, 'bin/densenet.mjs');

beforeAll(buildDensenet, 60_000);

it.each([
  [['no-such-command'], /^densenet: unknown command 'no-such-command'/],
  [['adapter', '--host', 'bun'], /^densenet: option '--host <host>' argument 'bun' is invalid.*chromium, node, deno/],
  [['adapter', '--gpu', 'both'], /^densenet: option '--gpu <kind>' argument 'both' is invalid/],
  [['adapter', '--no-such-option'], /^densenet: unknown option '--no-such-option'/],
  [['adapter', 'too', 'much'], /^densenet: too many arguments/],
  [['adapter', '--host', 'deno', '--dawn-features', 'x'], /^densenet: --dawn-features: "x" is for --host node/],
  [[], /^Usage: densenet/],
])('%j is bad input', async (args, words) => {
  expect(await densenet(...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(words) });
});

it('prints help and its version on standard output', async () => {
  expect(await densenet('--help')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/Exit codes: 0 done/),
  });
  expect(await densenet('--version')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

it('names the software adapter, as JSON too, and prints nothing else', { timeout: 60_000 }, async () => {
  const { code, out, err } = await densenet('adapter', '--gpu', 'software', '--json');
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({ host: 'node', software: true, limits: { maxBindGroups: 4 } });
});

it('ends quietly when its reader goes away', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [bin, 'adapter', '--gpu', 'software'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  child.stdout.destroy();
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(err).toBe('');
});
