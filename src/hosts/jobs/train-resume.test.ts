// Which runs may go on as they are asked to.
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../densenet/presets.ts';
import { sampleRun } from '../../densenet/training/sample-run.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { engineNotes, resumedRun } from './train-resume.ts';

const { run } = sampleRun({ ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4 }, 'adamw');
const { recipe, data, engine } = run;

describe('a run goes on', () => {
  test('with its own recipe, in whatever order its fields come', () => {
    const turned = Object.fromEntries(Object.entries(recipe).toReversed()) as typeof recipe;
    const optimizer = Object.fromEntries(Object.entries(recipe.optimizer).toReversed()) as typeof recipe.optimizer;
    const { training, heldOut } = data;
    const turnedData = {
      heldOut,
      training: Object.fromEntries(Object.entries(training).toReversed()) as typeof training,
    };
    expect(resumedRun(run, { ...turned, optimizer }, turnedData)).toEqual(run);
  });

  test('for more epochs where the schedule is constant', () => {
    expect(resumedRun(run, { ...recipe, epochs: 9 }, data).recipe.epochs).toBe(9);
    const cosine = { ...run, recipe: { ...recipe, schedule: 'cosine' } as const };
    expect(() => resumedRun(cosine, { ...cosine.recipe, epochs: 9 }, data)).toThrow(/cosine schedule is laid/);
  });

  test.each([
    ['another recipe', { ...recipe, clip: 2 }, data, /clip: 2 is not the run's own, 0/],
    ['another optimizer', { ...recipe, optimizer: { ...recipe.optimizer, weightDecay: 3 } }, data, /optimizer: /],
    ['fewer epochs', { ...recipe, epochs: 2 }, data, /epochs: 2 are fewer than the run's 3/],
    [
      'other images',
      recipe,
      { ...data, training: { ...data.training, labels: 'd'.repeat(64) } },
      /training images: 43 are other/,
    ],
    [
      'other held-out images',
      recipe,
      { ...data, heldOut: { ...data.heldOut, count: 8 } },
      /held-out images: 8 are other/,
    ],
  ])('and not with %s', (_, wanted, images, words) => {
    expect(() => resumedRun(run, wanted, images)).toThrow(words);
    expect(() => resumedRun(run, wanted, images)).toThrow(ConfigError);
  });

  test('and not when it is complete', () => {
    const over = { ...run, epochs: [...run.epochs, ...run.epochs.slice(0, 1)] };
    expect(() => resumedRun(over, recipe, data)).toThrow(/epochs: 3 are all done; ask for more/);
  });
});

test('where it goes on with other means, it is said', () => {
  expect(engineNotes(engine, { ...engine })).toEqual([]);
  expect(engineNotes(engine, { ...engine, gpu: 'B', plan: 'x' })).toEqual([
    'the GPU is B and was a GPU; the kernels are others: the run goes on, but may round otherwise from here',
  ]);
});
