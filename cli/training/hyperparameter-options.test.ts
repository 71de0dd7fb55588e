// The options of `train` that are hyperparameters, as Commander reads them: from words to settings, and to errors that name the
// option.
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addHyperparameterOptions, type GivenOptions } from './hyperparameter-options.ts';
import { networkOf, type OpenedImages, settingsOf, type TrainOptions } from './settings.ts';

const images = {
  count: 4,
  channels: 1,
  height: 28,
  width: 28,
  pixels: new Uint8Array(4 * 784),
  labels: new Int32Array(4),
};
const training = { ...images, classNames: ['cat', 'dog'] };
const data: OpenedImages = {
  training,
  input: { height: 28, width: 28 },
  normalisation: { mean: [0.5], std: [0.25] },
  named: 'labels',
};

function settings(...words: readonly string[]) {
  const command = addHyperparameterOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const given: GivenOptions = command.parse(['node', 'train', ...words]).opts();
  const options: TrainOptions = { data: '', out: '', autotune: 'off', report: true, ...given };
  return settingsOf(networkOf(options), options, data, undefined);
}

describe('options of a training', () => {
  test('left out they mean what they meant', () => {
    expect(settings()).toMatchObject({
      schedule: 'cosine',
      scheduleOptions: { minLearningRate: 0 },
      loss: 'cross-entropy',
      lossOptions: { classWeights: 'none' },
      groups: { decayNorms: true, headLearningRate: 1, layerDecay: 1, freeze: [] },
      average: { decay: 0, decayWarmup: false },
    });
  });

  test('are numbers, lists, words and patterns', () => {
    expect(settings('--schedule', 'step', '--milestones', '3,4.5', '--gamma', '0.5').scheduleOptions).toEqual({
      milestones: [3, 4.5],
      gamma: 0.5,
    });
    expect(settings('--class-weights', 'balanced').lossOptions).toEqual({ classWeights: 'balanced' });
    expect(settings('--loss', 'focal', '--class-weights', '1,2.5', '--focal-gamma', '1').lossOptions).toEqual({
      classWeights: [1, 2.5],
      focalGamma: 1,
    });
    const groups = settings(
      '--no-decay-norms',
      '--head-lr',
      '10',
      '--freeze',
      'features.conv0.*,features.norm0.*',
    ).groups;
    expect(groups).toMatchObject({
      decayNorms: false,
      headLearningRate: 10,
      freeze: ['features.conv0.*', 'features.norm0.*'],
    });
    expect(settings('--ema', '0.99', '--ema-warmup').average).toEqual({ decay: 0.99, decayWarmup: true });
    expect(settings('--optimizer', 'rmsprop', '--alpha', '0.9', '--centered').optimizer).toMatchObject({
      kind: 'rmsprop',
      alpha: 0.9,
      centered: true,
      momentum: 0,
    });
  });

  test.each([
    [['--milestones', '3'], /^--milestones: .* is for schedule step, not cosine/],
    [['--loss', 'focal', '--label-smoothing', '0.1'], /^--label-smoothing: 0.1 is for loss cross-entropy, not focal/],
    [['--focal-gamma', '1'], /^--focal-gamma: 1 is for loss focal or sigmoid-focal, not cross-entropy/],
    [['--class-weights', '1,2,3'], /^--class-weights: "3 numbers" must be one per class, 2/],
    [['--freeze', 'features.conv9.*'], /^--freeze: .* is the name of no parameter/],
    [['--ema-warmup'], /^--ema-warmup: true is for averaged weights/],
    [['--alpha', '0.9'], /^--alpha: 0.9 is for --optimizer rmsprop, not adamw/],
    [['--loss', 'binary-cross-entropy'], /^--?loss: .* is for several labels per image/],
    [['--schedule', 'one-cycle', '--warmup', '1'], /^--warmup: .*rises by itself/],
  ])('%j is refused', (words, message) => {
    expect(() => settings(...words)).toThrow(message);
  });

  test.each([
    [['--gamma', '0'], /--gamma/],
    [['--ema', '1'], /--ema/],
    [['--class-weights', 'even'], /--class-weights/],
    [['--freeze', 'a b'], /--freeze/],
    [['--head-lr', 'x'], /--head-lr/],
  ])('%j is no value of it', (words, message) => {
    expect(() => settings(...words)).toThrow(message);
  });
});
