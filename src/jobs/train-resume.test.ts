// Which runs may go on as they are asked to.
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../densenet/presets.ts';
import { sampleRun } from '../densenet/train/sample-run.ts';
import { ConfigError } from '../runtime/errors.ts';
import { engineNotes, resumedRun } from './train-resume.ts';

const { run } = sampleRun({ ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4 }, 'adamw');
const { hyperparameters, data, engine } = run;

describe('a run goes on', () => {
  test('with its own recipe, in whatever order its fields come', () => {
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
    ['another recipe', { ...hyperparameters, clip: 2 }, data, /clip: 2 is not the run's own, 0/],
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
      'other held-out images',
      hyperparameters,
      { ...data, validation: { ...data.validation, count: 8 } },
      /held-out images: 8 are other/,
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

test('where it goes on with other means, it is said', () => {
  expect(engineNotes(engine, { ...engine })).toEqual([]);
  expect(engineNotes(engine, { ...engine, gpu: 'B', plan: 'x' })).toEqual([
    'the GPU is B and was a GPU; the kernels are others: the run goes on, but may round otherwise from here',
  ]);
});
