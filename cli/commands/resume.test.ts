// Trainings that are interrupted as hard as can be, and go on: the checkpoint at the end is the very bytes of the training
// that nobody interrupted. And files and options that a run does not go on with.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PRESETS } from '../../src/densenet/presets.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { isComplete } from '../../src/densenet/train/run-metadata.ts';
import { readTrainingState, writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { buildDensenet, densenet, lastObject } from '../densenet-process.ts';
import { packageRoot } from '../host/package-root.ts';
import { shortPath } from '../training/run-files.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-resume-'));
const [data, out] = [join(root, 'data'), join(root, 'out')];
const state = join(out, 'run.safetensors');
const SIZE = 8;

beforeAll(() => {
  buildDensenet();
  mkdirSync(data);
  mkdirSync(out);
  for (const [part, count] of [
    ['train', 18],
    ['t10k', 5],
  ] as const) {
    const pixels = Array.from({ length: count * SIZE ** 2 }, (_, at) => (at * at * 7 + at) % 256);
    const sizes = [0, 0, 0, count, 0, 0, 0, SIZE, 0, 0, 0, SIZE];
    writeFileSync(join(data, `${part}-images-idx3-ubyte`), Buffer.from([0, 0, 8, 3, ...sizes, ...pixels]));
    const labels = Array.from({ length: count }, (_, i) => i % 10);
    writeFileSync(join(data, `${part}-labels-idx1-ubyte`), Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...labels]));
  }
}, 60_000);
afterAll(() => rmSync(root, { recursive: true }));

const RUN = ['train', '--gpu', 'software', '--host', 'node', '--data', data];
const HYPERPARAMETERS = [
  ...['--config', '{"growth":4,"blocks":[1],"bottleneck":0}', '--dropout', '0.1', '--batch', '4'],
  ...['--epochs', '150', '--warmup', '1', '--seed', '3', '--size', '7', '--train-resize', '8', '--random-crop'],
];

test('killed in the middle, then interrupted, it ends as if nothing had been', { timeout: 300_000 }, async () => {
  const whole = join(out, 'whole.safetensors');
  expect(await densenet(...RUN, ...HYPERPARAMETERS, '--out', whole)).toMatchObject({ code: 0 });

  const end = join(out, 'end.safetensors');
  const killed = start(...RUN, ...HYPERPARAMETERS, '--state', state, '--save-every', '5', '--out', end);
  await killed.until(() => existsSync(state));
  // Held in the middle: on a busy machine it would be over before a second one has started.
  killed.child.kill('SIGSTOP');
  for (const second of [
    ['--resume', state],
    ['--out', end, ...HYPERPARAMETERS],
  ]) {
    const refused = await densenet(...RUN, ...second);
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/is in use by process \d+ on .*: wait/) });
  }
  killed.child.kill('SIGKILL');
  await killed.ended;
  const begun = readTrainingState(readFileSync(state), 'state');
  expect(isComplete(begun.run)).toBe(false);
  expect(begun.run.out).toBe(realpathSync(out) + end.slice(out.length));
  expect(existsSync(end)).toBe(false);
  const again = await densenet(...RUN, ...HYPERPARAMETERS, '--state', state, '--out', join(out, 'never'));
  expect(again).toMatchObject({ code: 2, err: expect.stringMatching(/holds a run after \d+ updates: resume it/) });
  expect(readTrainingState(readFileSync(state), 'state').trainer.steps).toBe(begun.trainer.steps);

  const interrupted = start(...RUN, '--resume', state);
  await interrupted.until(
    () => /resumes in epoch/.test(interrupted.text.err) && /epoch \d+\/150: /.test(interrupted.text.out),
  );
  interrupted.child.kill('SIGTERM');
  expect(await interrupted.ended).toBe(143);
  expect(interrupted.text.out).toContain(`resume with: densenet train --resume ${shortPath(state)} --data ${data}`);
  const later = readTrainingState(readFileSync(state), 'state');
  expect(later.trainer.steps).toBeGreaterThan(begun.trainer.steps);
  expect(later.trainer.steps).toBeLessThan(600);
  // Neither a checkpoint, nor a lock, nor scratch.
  expect(readdirSync(out)).toEqual(['run.safetensors', 'whole.safetensors']);

  const last = await densenet(...RUN, '--resume', state, '--json');
  expect(last).toMatchObject({ code: 0 });
  const report = lastObject(last.out);
  expect(report).toMatchObject({ updates: 600, interrupted: false, checkpoint: realpathSync(end) });
  expect(report.epochs).toHaveLength(150);
  expect(readFileSync(end).equals(readFileSync(whole))).toBe(true);
  const over = await densenet(...RUN, '--resume', state);
  expect(over).toMatchObject({
    code: 2,
    err: expect.stringMatching(/epochs: 150 are all done; its schedule has come/),
  });
});

/** A file system of a few kilobytes, where this system lets one be mounted. */
function smallDisk(path: string): string | undefined {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'pipe' });
  } catch (cause) {
    return `no file system can be mounted here: ${String(cause).split('\n')[0]}`;
  }
  disks.push(path);
  return undefined;
}
const disks: string[] = [];
afterAll(() => {
  for (const disk of disks) execFileSync('umount', [disk]);
});

test('a disk that is full at the end: the checkpoint is saved elsewhere', { timeout: 300_000 }, async ({ skip }) => {
  const disk = join(root, 'disk');
  const reason = smallDisk(disk);
  if (reason !== undefined) return skip(reason);
  const fill = (bytes: number) => writeFileSync(join(disk, 'fill'), new Uint8Array(bytes));
  const target = join(disk, 'a.safetensors');
  fill(250_000);
  const before = await densenet(...RUN, ...HYPERPARAMETERS, '--out', target);
  expect(before).toMatchObject({ code: 1, err: expect.stringMatching(/need .* MB|need .* kB, .* left: make room/) });
  fill(0);
  const run = start(...RUN, ...HYPERPARAMETERS, '--out', target, '--epochs', '20');
  await run.until(() => /epoch 1\/20: /.test(run.text.out));
  fill(253_000);
  expect(await run.ended).toBe(1);
  const [, place = ''] = /the checkpoint was saved to (.+)/.exec(run.text.err) ?? [];
  expect(run.text.err).toContain(`${target} cannot be written: no space left`);
  expect(run.text.out).toContain(`checkpoint: ${place} (`);
  expect(readCheckpoint(readFileSync(place), place).config.growthRate).toBe(4);
  expect(readdirSync(disk)).toEqual(['fill']);
  rmSync(dirname(place), { recursive: true });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [join(packageRoot, 'bin/densenet.mjs'), ...args]);
  const text = { out: '', err: '' };
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  let over = false;
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    over = true;
    return code;
  });
  const until = async (there: () => boolean) => {
    while (!there()) {
      expect(over, `it ended too early: ${text.err}`).toBe(false);
      await wait(10);
    }
  };
  return { child, text, ended, until };
}

const config = {
  ...PRESETS['bc-100-12'],
  blockLayers: [1],
  growthRate: 4,
  inputChannels: 1,
  height: SIZE,
  width: SIZE,
};
const kept = join(root, 'kept.safetensors');
const { network, run, trainer } = sampleRun(config, 'adamw', { warmup: 0 });
writeFileSync(kept, writeTrainingState(network, trainer, { run }));
const lost = join(root, 'lost.safetensors');
writeFileSync(lost, writeTrainingState(network, trainer, { run: { ...run, out: join(root, 'gone/out.safetensors') } }));
writeFileSync(join(root, 'cut.safetensors'), readFileSync(kept).subarray(0, 5000));

test.each([
  [['--resume', join(root, 'nowhere')], /nowhere" cannot be read: no such file/],
  [['--resume', join(root, 'cut.safetensors')], /cut\.safetensors: at byte \d+: .*truncated/],
  [['--resume', kept, '--model', 'bc-40-36'], /--model: "bc-40-36" cannot be combined with --resume/],
  [
    ['--resume', kept, '--lr', '0.5'],
    /--lr: 0.5 contradicts the run in .*kept\.safetensors, which has 0.1; leave it out/,
  ],
  [['--resume', kept, '--train-resize', '9'], /--train-resize: .* cannot be combined with --resume/],
  [['--resume', kept, '--random-crop'], /--random-crop: true contradicts the run in .*, which has false/],
  [['--resume', kept, '--momentum', '0.5'], /--momentum: 0.5 contradicts the run in .*, which has none/],
  [['--resume', kept, '--epochs', '2'], /epochs: 2 are fewer than the run's 3/],
  [['--resume', kept, '--lr', '0.1', '--autotune', 'full'], /--autotune: "full" cannot be combined with --resume/],
  [['--resume', kept, '--out', kept], /--out: .*kept\.safetensors" is also the file of --resume/],
  [['--state', join(root, 'a'), '--out', join(root, 'a')], /--out: .* is also the file of --state/],
  [['--state', kept], /--state: .*kept\.safetensors" holds a run after 12 updates/],
  [['--out', join(data, 'train-images-idx3-ubyte')], /already exists and is not from this training/],
  [['--checkpoint', kept, '--out', kept], /--out: .* is also the file of --checkpoint/],
  [['--resume', lost, '--state', join(root, 'b')], /--out \(as .*lost\.safetensors has it\): .* no such folder/],
  [['--save-every', '0'], /'--save-every <when>' argument '0' is invalid/],
  [['--save-every', '5h'], /'--save-every <when>' argument '5h' is invalid/],
  [['--state', join(root, 'no', 'where')], /--state: .* no such folder/],
])('%j is bad input', { timeout: 60_000 }, async (args, words) => {
  const { code, out: printed, err } = await densenet(...RUN, ...args);
  expect({ code, printed, err }).toEqual({ code: 2, printed: '', err: expect.stringMatching(words) });
});
