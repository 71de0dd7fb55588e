// States that version 0.1.0 wrote are read as what they were: tests/fixtures/version-0.1.0 was made by that version from
// the very numbers of tests/fixtures/sample-run.ts.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sampleRun } from '../../../tests/fixtures/sample-run.ts';
import { PRESETS } from '../presets.ts';
import { readCheckpoint } from './checkpoint.ts';
import { NO_GROUPS } from './parameter-groups.ts';
import { readTrainingState } from './training-state.ts';
import { NO_AVERAGE } from './weight-average.ts';

const CONFIG = {
  ...PRESETS['bc-100-12'],
  blockLayers: [1, 1],
  growthRate: 2,
  initialChannels: 3,
  height: 8,
  width: 7,
  classes: 3,
};
const TILES = {
  version: 2,
  key: 'a GPU',
  classes: [
    {
      kernel: 'conv3x3/forward',
      map: '8x7',
      bucket: 8,
      outputs: 2,
      points: [
        {
          inputs: 8,
          candidates: [
            { tile: 'a', splitK: 1, milliseconds: 2 },
            { tile: 'b', splitK: 0.5, milliseconds: 1 },
            { tile: 'c', splitK: 1, milliseconds: null, problem: 'is wrong' },
          ],
        },
      ],
    },
  ],
};
const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../tests/fixtures/${name}`, import.meta.url)));
const file = (name: string) => fixture(`version-0.1.0/${name}`);

describe('a training state of version 0.1.0', () => {
  test('of SGD is read whole', () => {
    const { run, trainer } = sampleRun(CONFIG, 'sgd');
    const found = readTrainingState(file('sgd.state.safetensors'), 'state');
    expect(found.run).toEqual({ ...run, out: '/home/me/out.safetensors' });
    expect(found.trainer).toEqual(trainer);
    expect(found.checked).toBe(true);
  });

  test('of AdamW, with tiles and half precision, is read whole', () => {
    const { run, trainer } = sampleRun(CONFIG, 'adamw', { precision: 'f16-storage', schedule: 'cosine' });
    const found = readTrainingState(file('adamw.state.safetensors'), 'state');
    expect(found.run).toEqual({ ...run, tiles: TILES });
    expect(found.trainer).toEqual(trainer);
  });

  test('is a checkpoint as well', () => {
    expect(readCheckpoint(file('adamw.state.safetensors'), 'state').config).toEqual(CONFIG);
  });
});

describe('a training state from before losses, groups, averages and schedules had options', () => {
  const CONFIG = {
    ...PRESETS['bc-100-12'],
    growthRate: 2,
    blockLayers: [1, 1],
    initialChannels: 3,
    bottleneckWidth: 1,
    classes: 2,
    inputChannels: 1,
    height: 4,
    width: 5,
  };

  test('is read whole, and means what it meant', () => {
    const { run, trainer } = sampleRun(CONFIG, 'lion', { schedule: 'step', labelSmoothing: 0.1 });
    const found = readTrainingState(fixture('before-parameter-groups/lion.state.safetensors'), 'state');
    expect(found.run.hyperparameters).toEqual(run.hyperparameters);
    expect(found.run.hyperparameters).toMatchObject({
      loss: 'cross-entropy',
      lossOptions: { classWeights: 'none' },
      scheduleOptions: { milestones: [], gamma: 0.1 },
      groups: NO_GROUPS,
      average: NO_AVERAGE,
    });
    expect(found.trainer).toEqual(trainer);
  });
});
