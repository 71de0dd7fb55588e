// A sweep as a user runs it, on the software GPU; its options; and what cannot be swept.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { HYPERPARAMETER_OPTIONS } from '../training/hyperparameter-options.ts';
import { register } from './lr-find.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-lr-find-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(buildDensenet, 60_000);

test('its options are those of a training, without what decides the rate of a whole run', () => {
  const program = new Command();
  register(program);
  const flags = program.commands.flatMap(({ options }) => options.map(({ long }) => long));
  const without = HYPERPARAMETER_OPTIONS.map(({ flag }) => flag).filter((flag) => !flags.includes(flag));
  expect(without).toEqual(
    expect.arrayContaining(['--lr', '--schedule', '--warmup', '--epochs', '--early-stop', '--milestones', '--ema']),
  );
  for (const flag of [
    '--data',
    '--checkpoint',
    '--fine-tune',
    '--optimizer',
    '--momentum',
    '--batch',
    '--mixup',
    '--augment',
  ])
    expect(flags).toContain(flag);
});

const SMALL = [
  '--gpu',
  'software',
  '--config',
  '{"growth":4,"blocks":[1],"bottleneck":0}',
  '--images',
  '16',
  '--batch',
  '4',
];

test('sweeps, writes its curve, and leaves nothing else', { timeout: 120_000 }, async () => {
  const plot = join(root, 'sweep.html');
  const args = [
    ...SMALL,
    '--steps',
    '12',
    '--from',
    '1e-4',
    '--to',
    '1',
    '--optimizer',
    'sgd',
    ...['--size', '24', '--train-resize', '28', '--random-crop'],
    '--plot',
    plot,
    '--json',
  ];
  const { code, out, err } = await densenet('lr-find', ...args);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/software WebGPU.*on 16 images/s) });
  const { points, suggestions, ended, parameters } = JSON.parse(out);
  expect({ ended, parameters }).toEqual({ ended: 'complete', parameters: 530 });
  expect(points).toHaveLength(12);
  expect([points[0].rate, points[11].rate]).toEqual([1e-4, 1]);
  expect(Object.keys(suggestions)).toEqual(['valley', 'steepest', 'minimum']);
  expect(readFileSync(plot, 'utf8')).toContain('<svg');
  expect(readdirSync(root)).toEqual(['sweep.html']);
});

test.each([
  [['--from', '1', '--to', '0.1'], /--to: 0.1 must be above the first rate, 1/],
  [['--plot', 'a.svg'], /--plot: "a.svg" is written as HTML/],
  [['--plot', join(root, 'none', 'a.html')], /--plot: .* no such folder/],
  [['--lr', '1'], /unknown option '--lr'/],
  [['--steps', '1'], /--steps.*whole number from 2/],
  [['--data', join(root, 'none')], /--data: .* is no file or folder/],
])('%j is bad input', { timeout: 60_000 }, async (args, words) => {
  const { code, out, err } = await densenet('lr-find', ...args);
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(words) });
});
