// Which runs may go on as they are asked to. States are reported when it is time, by a clock that nobody can set, and never
// with numbers that are not finite.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fake } from '../../tests/fixtures/fake.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import type { LabelledImages } from '../data/idx.ts';
import type { DenseNet } from '../densenet/model.ts';
import { PRESETS } from '../densenet/presets.ts';
import type { Trainer } from '../densenet/train/trainer.ts';
import type { TrainerState } from '../densenet/train/trainer-state.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { RunContext, RunEvent, RunSettings } from './events.ts';
import { engineNotes, resumedRun, StateSaver, trainingId } from './state.ts';

const { run } = sampleRun({ ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4 }, 'adamw');
const { hyperparameters, data, engine } = run;

test('a training is the same one to every version, and another with other options', async () => {
  const file = new URL('../../tests/fixtures/before-parameter-groups/lion.state.safetensors', import.meta.url);
  const { run: was } = readTrainingState(new Uint8Array(readFileSync(file)), 'state');
  const id = (changes: object) => trainingId({ ...was, hyperparameters: { ...was.hyperparameters, ...changes } });
  // As the version that wrote it said.
  expect(await id({})).toBe('6388943324a31aa71fbaf81c615f1289');
  const others = await Promise.all([
    id({ average: { decay: 0.9, decayWarmup: false } }),
    id({ groups: { ...was.hyperparameters.groups, freeze: ['classifier.bias'] } }),
    id({ lossOptions: { classWeights: [1, 2] } }),
    id({ scheduleOptions: { milestones: [1] } }),
    id({ dropLast: false }),
    id({ augment: { ...was.hyperparameters.augment, randomCrop: true } }),
    id({ augment: { ...was.hyperparameters.augment, rotation: 5 } }),
  ]);
  expect(new Set([await id({}), ...others]).size).toBe(8);
});

describe('a run goes on', () => {
  test('with its own hyperparameters, in whatever order its fields come', () => {
    const turned = Object.fromEntries(Object.entries(hyperparameters).toReversed()) as typeof hyperparameters;
    const optimizer = Object.fromEntries(
      Object.entries(hyperparameters.optimizer).toReversed(),
    ) as typeof hyperparameters.optimizer;
    const { training, validation } = data;
    const turnedData = {
      validation,
      training: Object.fromEntries(Object.entries(training).toReversed()) as typeof training,
    };
    expect(resumedRun(run, { ...turned, optimizer }, turnedData)).toEqual(run);
  });

  test('for more epochs where the schedule is constant', () => {
    expect(resumedRun(run, { ...hyperparameters, epochs: 9 }, data).hyperparameters.epochs).toBe(9);
    const cosine = { ...run, hyperparameters: { ...hyperparameters, schedule: 'cosine' } as const };
    expect(() => resumedRun(cosine, { ...cosine.hyperparameters, epochs: 9 }, data)).toThrow(/cosine schedule is laid/);
  });

  test.each([
    ['other hyperparameters', { ...hyperparameters, clip: 2 }, data, /clip: 2 is not the run's own, 0/],
    [
      'another optimizer',
      { ...hyperparameters, optimizer: { ...hyperparameters.optimizer, weightDecay: 3 } },
      data,
      /optimizer: /,
    ],
    ['fewer epochs', { ...hyperparameters, epochs: 2 }, data, /epochs: 2 are fewer than the run's 3/],
    [
      'other images',
      hyperparameters,
      { ...data, training: { ...data.training, labels: 'd'.repeat(64) } },
      /training images: 43 are other/,
    ],
    [
      'other validation images',
      hyperparameters,
      { ...data, validation: { ...data.training, count: 8 } },
      /validation images: 8 are other/,
    ],
  ])('and not with %s', (_, wanted, images, words) => {
    expect(() => resumedRun(run, wanted, images)).toThrow(words);
    expect(() => resumedRun(run, wanted, images)).toThrow(ConfigError);
  });

  test('and not when it is complete', () => {
    const over = { ...run, epochs: [...run.epochs, ...run.epochs.slice(0, 1)] };
    expect(() => resumedRun(over, hyperparameters, data)).toThrow(/epochs: 3 are all done; ask for more/);
  });
});

test('where it goes on with other means, a note says so', () => {
  expect(engineNotes(engine, { ...engine })).toEqual([]);
  expect(engineNotes(engine, { ...engine, gpu: 'B', plan: 'x' })).toEqual([
    'the GPU is B and was a GPU; the kernels are others: the run goes on, but may round otherwise from here',
  ]);
});

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, inputChannels: 1, height: 8, width: 8 };
const { network, run: saved, trainer: good } = sampleRun(config, 'sgd');
const training: LabelledImages = {
  count: 43,
  channels: 1,
  height: 8,
  width: 8,
  classNames: Array(10).fill('c'),
  pixels: new Uint8Array(43 * 64),
  labels: new Int32Array(43),
};
afterEach(() => vi.useRealTimers());

function saverOf(state: TrainerState, saveEvery: RunSettings['saveEvery'] = { updates: 1 }) {
  const events: RunEvent[] = [];
  const clock = { now: 0 };
  const context: RunContext = {
    now: () => clock.now,
    report: (event) => void events.push(event),
    signal: new AbortController().signal,
  };
  const trainer = fake<Trainer>({
    stepCount: 10,
    model: fake<DenseNet>({ network }),
    state: async () => state,
  });
  const settings = { ...saved.hyperparameters, ...(saveEvery && { saveEvery }) };
  return { saver: new StateSaver(settings, training, trainer, context), events, clock };
}
const { offset } = network.classifier.weight;
const broken = { ...good, parameters: good.parameters.with(offset, Number.NaN) };

test('a state is reported with its SHA-256, which is taken beside the script', async () => {
  const { saver, events } = saverOf(good);
  saver.take(saved);
  await saver.settle();
  const state = expect.any(Uint8Array);
  expect(events).toEqual([{ kind: 'state', epoch: 2, updates: 2, step: 12, complete: false, state }]);
  const file = events.map((event) => (event.kind === 'state' ? event.state : new Uint8Array()));
  expect(readTrainingState(file[0] ?? new Uint8Array(), 'state')).toMatchObject({ checked: true, run: saved });
});

test('one that is not finite ends the run with the name of its tensor', async () => {
  const { saver, events } = saverOf(broken);
  saver.take(saved);
  const settled = saver.settle();
  await expect(settled).rejects.toMatchObject({ code: 'not-finite' });
  await expect(settled).rejects.toThrow(/^after 12 updates classifier\.weight: holds values that are not finite/);
  expect(() => saver.due(13)).toThrow(/classifier\.weight/);
  expect(events).toEqual([]);
  await expect(saver.file(saved)).rejects.toMatchObject({ code: 'not-finite' });
});

test('after a step that failed, what is reported is the state after the last good one, or why there is none', async () => {
  const left = saverOf(good);
  await left.saver.takeLastGood(saved);
  expect(left.events).toMatchObject([{ kind: 'state', step: 12 }]);
  const gone = saverOf(broken);
  await gone.saver.takeLastGood(saved);
  expect(gone.events).toEqual([{ kind: 'unsaved', step: 12, why: expect.stringMatching(/classifier\.weight/) }]);
  const past = saverOf({ ...good, steps: 14 });
  await past.saver.takeLastGood(saved);
  expect(past.events).toEqual([
    { kind: 'unsaved', step: 12, why: expect.stringMatching(/14 are not the record's 12/) },
  ]);
});

test('whatever becomes of the time of day, a state is due after its seconds', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { saver, clock } = saverOf(good, { seconds: 120 });
  for (const day of ['2026-01-01', '1970-01-02', '2100-01-01']) {
    vi.setSystemTime(new Date(day));
    clock.now = 119_000;
    expect(saver.due(11)).toBe(false);
    clock.now = 121_000;
    expect(saver.due(11)).toBe(true);
  }
});
