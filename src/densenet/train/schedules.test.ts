import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sampleRun } from '../../../tests/fixtures/sample-run.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { PRESETS } from '../presets.ts';
import { isOpenEnded, scheduleOf } from './hyperparameters.ts';
import { cosine, plateauRate, stepped, warmup } from './learning-rates.ts';
import { makeSchedule, type ScheduleName, scheduleSettings } from './schedules.ts';

describe('schedules', () => {
  test('step: divided by ten at half and at three quarters', () => {
    const rate = stepped(0.1, 300);
    expect(rate(0)).toBe(0.1);
    expect(rate(149)).toBe(0.1);
    expect(rate(150)).toBeCloseTo(0.01, 12);
    expect(rate(224)).toBeCloseTo(0.01, 12);
    expect(rate(225)).toBeCloseTo(0.001, 12);
  });

  test('cosine: from the rate, over its half in the middle, to the floor', () => {
    const rate = cosine(1, 100, 0.1);
    expect(rate(0)).toBe(1);
    expect(rate(50)).toBeCloseTo(0.55, 12);
    expect(rate(100)).toBeCloseTo(0.1, 12);
    expect(rate(500)).toBeCloseTo(0.1, 12);
  });

  test('warm-up rises to the rate and never starts at zero', () => {
    const rate = warmup(4, stepped(0.8, 100));
    expect([0, 1, 2, 3, 4].map(rate)).toEqual([0.2, 0.4, 0.6000000000000001, 0.8, 0.8]);
  });

  test.each([
    [{ name: 'cosine', rate: 0, total: 10 }],
    [{ name: 'cosine', rate: Number.NaN, total: 10 }],
    [{ name: 'cosine', rate: 0.1, total: 10, warmup: 10 }],
    [{ name: 'cosine', rate: 0.1, total: 10, warmup: 1.5 }],
    [{ name: 'toString', rate: 0.1, total: 10 }],
  ])('%o cannot be', (options) => {
    expect(() => makeSchedule(options as Parameters<typeof makeSchedule>[0])).toThrow(ConfigError);
  });
});

interface TorchSchedule {
  readonly schedule: ScheduleName;
  readonly options: Readonly<Record<string, unknown>>;
  readonly rate: number;
  readonly epochs: number;
  readonly updates: number;
  readonly losses?: readonly number[];
  readonly rates: readonly number[];
}

const golden = (file: string) => fileURLToPath(new URL(`../../../tests/golden/${file}`, import.meta.url));
const read = (file: string): readonly TorchSchedule[] => JSON.parse(readFileSync(file, 'utf8'));

/** A few dozen float64 roundings: PyTorch multiplies from step to step. */
const TOLERANCE = 100 * 2 ** -53;

function compare({
  schedule: name,
  options: settings,
  rate,
  epochs,
  updates,
  losses = [],
  rates,
}: TorchSchedule): void {
  const total = epochs * updates;
  const schedule = makeSchedule({ name, rate, total, settings, updatesPerEpoch: updates, losses: () => losses });
  for (const [step, expected] of rates.entries()) {
    const error = Math.abs(schedule(step) - expected) / rate;
    expect(error, `${name} ${JSON.stringify(settings)} at step ${step}`).toBeLessThan(TOLERANCE);
  }
}

describe("PyTorch's schedulers", () => {
  test.each(read(golden('schedules.json')).map((entry) => [entry.schedule, entry] as const))('%s', (_, entry) =>
    compare(entry),
  );

  test('with options that nobody has seen', (context) => {
    const python = '/usr/bin/python3';
    try {
      // Importing it takes seconds.
      execFileSync(python, ['-c', 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)'], {
        stdio: 'pipe',
      });
    } catch {
      context.skip(`needs PyTorch (Debian: python3-torch) for ${python}`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'densenet-schedules-'));
    try {
      const file = join(folder, 'schedules.json');
      const seed = String(Date.now() % 100000);
      execFileSync(python, ['-W', 'ignore', golden('make_schedules.py'), file, seed], { stdio: 'pipe' });
      for (const entry of read(file)) compare(entry);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});

describe('schedules of a run', () => {
  const { run } = sampleRun(PRESETS['bc-100-12'], 'sgd');
  const of = (changes: object, epochs?: Parameters<typeof scheduleOf>[2]) =>
    scheduleOf({ ...run.hyperparameters, epochs: 10, learningRate: 1, warmup: 0, ...changes }, 4, epochs);

  test('milestones are epochs of the run, with warm-up too', () => {
    const rate = of({ schedule: 'step', scheduleOptions: { milestones: [3, 6] }, warmup: 1 });
    expect([0, 3, 4, 11, 12, 23, 24].map(rate)).toEqual([0.25, 1, 1, 1, 0.1, 0.1, 0.01]);
  });

  test('without options they are what they were', () => {
    for (const [schedule, was] of [
      ['step', stepped(1, 40)],
      ['cosine', cosine(1, 40)],
    ] as const) {
      const rate = of({ schedule });
      for (let step = 0; step < 45; step++) expect(rate(step)).toBe(was(step));
    }
  });

  test('plateau goes by the epochs so far, and asks for those that it needs', () => {
    const epochs: { validationLoss: number }[] = [];
    const rate = of({ schedule: 'plateau', scheduleOptions: { patience: 0, factor: 0.5 } }, () => epochs);
    expect(rate(3)).toBe(1);
    expect(() => rate(4)).toThrow(/plateau.* needs the validation losses of 1 epochs at step 4; 0 are known/);
    epochs.push({ validationLoss: 1 }, { validationLoss: 2 });
    expect([rate(4), rate(7), rate(8)]).toEqual([1, 1, 0.5]);
    expect(plateauRate(1, [1, 2, 3, 4], { patience: 1 })).toBe(0.1);
  });

  test('which may be given more epochs', () => {
    const open = (schedule: ScheduleName, scheduleOptions = {}) =>
      isOpenEnded({ ...run.hyperparameters, schedule, scheduleOptions });
    expect(open('step')).toBe(false);
    expect(open('step', { milestones: [2] })).toBe(true);
    expect([open('constant'), open('plateau'), open('cosine'), open('one-cycle')]).toEqual([true, true, false, false]);
  });

  test.each([
    [{ schedule: 'cosine', scheduleOptions: { milestones: [3] } }, /^milestones: .* is for schedule step, not cosine/],
    [{ schedule: 'one-cycle', warmup: 1 }, /^warmup: .*rises by itself/],
    [
      { schedule: 'cosine', scheduleOptions: { minLearningRate: 2 } },
      /^minLearningRate: 2 must be at most the learning rate, 1/,
    ],
    [{ schedule: 'step', scheduleOptions: { gama: 2 } }, /^gama: .*did you mean gamma/],
  ])('%o cannot be', (changes, message) => {
    expect(() => of(changes)).toThrow(ConfigError);
    expect(() => of(changes)).toThrow(message);
  });

  test('settings are filled in', () => {
    expect(scheduleSettings('step')).toEqual({ milestones: [], gamma: 0.1 });
  });
});
