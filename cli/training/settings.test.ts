// What a fine-tuning keeps of its checkpoint, and where its classes, mean and deviation come from. No GPU is needed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { AUGMENTATION_PRESETS } from '../../src/densenet/train/augmentation.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { ConfigError, WeightsError } from '../../src/runtime/errors.ts';

import { type OpenedImages, settingsOf, startOf, type TrainOptions } from './settings.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-start-'));
afterAll(() => rmSync(root, { recursive: true }));

const config = { ...PRESETS['bc-100-12'], blockLayers: [1, 1], classes: 2, inputChannels: 1, height: 8, width: 8 };
const network = buildNetwork(config);
const normalisation = { mean: [0.25], std: [0.125] };
const checkpoint = writeCheckpoint(network, toStateDict(network, initialize(network, 1)), {
  classNames: ['cat', 'dog'],
  normalisation,
});
const file = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(root, name), bytes);
  return join(root, name);
};
const named = file('named.safetensors', checkpoint);
const { tensors } = readSafetensors(checkpoint, '');
const headless = file(
  'bare.safetensors',
  writeSafetensors(new Map([...tensors].filter(([n]) => !/classifier/.test(n)))),
);

function data(names: readonly string[], from: OpenedImages['named'] = 'labels'): OpenedImages {
  const images = { count: 4, channels: 1, height: 8, width: 8, pixels: new Uint8Array(256), labels: new Int32Array(4) };
  const training = { ...images, classNames: names };
  const input = { height: 8, width: 8 };
  return { training, input, normalisation: { mean: [0.5], std: [0.25] }, named: from };
}
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  data: '',
  epochs: 1,
  accumulate: 1,
  schedule: 'cosine',
  warmup: 0,
  dropout: 0,
  precision: 'f32',
  mirror: false,
  shift: 0,
  autotune: 'off',
  out: '',
  report: true,
  ...more,
});

describe('where a fine-tuning starts', () => {
  test.each<[string, Partial<TrainOptions>, OpenedImages, 'keep' | 'reset', RegExp]>([
    ['the same classes', { checkpoint: named }, data(['cat', 'dog']), 'keep', /kept, including the classifier$/],
    [
      'as many that are called otherwise',
      ...([{ checkpoint: named }, data(['shoe', 'bag']), 'keep'] as const),
      /its classes \(cat, dog\) differ from the data set's \(shoe, bag\): --classifier reset/,
    ],
    ['as many, by number', { checkpoint: named }, data(['0', '1'], 'numbers'), 'keep', /cat, dog.*0, 1/],
    [
      'asked to',
      { checkpoint: named, classifier: 'reset' },
      data(['cat', 'dog']),
      'reset',
      /re-initialised \(--classifier reset\)/,
    ],
    [
      'another number',
      { checkpoint: named },
      data(['a', 'b', 'c']),
      'reset',
      /has 2 classes, but the data set has 3: the cl/,
    ],
    [
      'no classifier',
      { checkpoint: headless },
      data(['a', 'b', 'c']),
      'reset',
      /no classifier: a new one .* 3 classes/,
    ],
  ])('%s', async (_, more, of, classifier, words) => {
    const start = await startOf(options(more), of);
    expect(start?.classifier).toBe(classifier);
    expect(start?.notes.join('\n')).toMatch(words);
    const settings = settingsOf(start?.network ?? { name: '', config, given: new Set() }, options(more), of, start);
    expect(settings.config.classes).toBe(of.training.classNames.length);
    expect(settings).toMatchObject({ classifier });
  });

  test.each<[string, Partial<TrainOptions>, RegExp]>([
    [
      'a classifier of another number',
      { checkpoint: named, classifier: 'keep' },
      /--classifier: "keep" needs as many classes: .*2 cl/,
    ],
    ['a classifier that is not there', { checkpoint: headless, classifier: 'keep' }, /needs a classifier: .* has none/],
    ['--classifier alone', { classifier: 'reset' }, /--classifier: "reset" needs --checkpoint/],
    ['--ignore alone', { ignore: ['a'] }, /--ignore: \["a"\] needs --checkpoint/],
  ])('refuses %s', async (_, more, words) => {
    await expect(startOf(options(more), data(['a', 'b', 'c']))).rejects.toThrow(ConfigError);
    await expect(startOf(options(more), data(['a', 'b', 'c']))).rejects.toThrow(words);
  });

  test('a head that is not supported is refused, and left out when it is named', async () => {
    const extra = tensors.get('classifier.weight');
    const neck = file(
      'neck.safetensors',
      writeSafetensors(new Map([...tensors, ...(extra ? [['neck.weight', extra] as const] : [])])),
    );
    await expect(startOf(options({ checkpoint: neck }), data(['a', 'b']))).rejects.toThrow(WeightsError);
    const start = await startOf(options({ checkpoint: neck, ignore: ['neck'] }), data(['a', 'b']));
    expect(start?.classifier).toBe('keep');
  });
});

describe('mean and standard deviation', () => {
  const of = data(['a', 'b']);
  const settings = async (more: Partial<TrainOptions>) => {
    const start = await startOf(options(more), of);
    return settingsOf(start?.network ?? { name: '', config, given: new Set() }, options(more), of, start).normalisation;
  };

  test("are measured, the checkpoint's where it says so, or as given", async () => {
    expect(await settings({})).toEqual({ mean: [0.5], std: [0.25] });
    expect(await settings({ checkpoint: named })).toEqual(normalisation);
    expect(await settings({ checkpoint: headless })).toEqual({ mean: [0.5], std: [0.25] });
    expect(await settings({ checkpoint: named, std: [2] })).toEqual({ mean: [0.25], std: [2] });
    await expect(settings({ mean: [1, 2] })).rejects.toThrow(
      /--mean: \[1,2\] has 2 numbers; the images have 1 channels/,
    );
    await expect(settings({ std: [0] })).rejects.toThrow(/--std: \[0\] must be above 0/);
  });
});

describe('augmentations', () => {
  const network = { name: 'small', config, given: new Set<string>() };
  const augmentOf = (more: Partial<TrainOptions>) => {
    const { mirror: _mirror, shift: _shift, ...given } = options();
    return settingsOf(network, { ...given, ...more }, data(['cat', 'dog']), undefined).augment;
  };

  test('are light where nothing is said', () => {
    expect(augmentOf({})).toEqual(AUGMENTATION_PRESETS.light);
  });

  test('come from the preset, and single options override it', () => {
    expect(augmentOf({ augment: 'strong', trivialAugment: false, mixup: 0, scale: [0.5, 2] })).toEqual({
      ...AUGMENTATION_PRESETS.strong,
      trivialAugment: false,
      mixup: 0,
      scale: [0.5, 2],
    });
  });

  test('crop images that are larger than the input, and are refused without room', () => {
    const input = { height: 6, width: 5 };
    const larger = { ...data(['cat', 'dog']), input };
    const settings = settingsOf(network, options({ randomCrop: true }), larger, undefined);
    expect(settings).toMatchObject({ config: { height: 6, width: 5 }, augment: { randomCrop: true } });
    expect(() => settingsOf(network, options(), larger, undefined)).toThrow(/^training images: "1x8x8" is larger/);
    expect(() => augmentOf({ randomCrop: true })).toThrow(/^--random-crop: true needs images that are larger/);
  });

  test('that exclude each other are refused by the name of an option', () => {
    expect(() => augmentOf({ augment: 'strong', randAugment: [2, 9] })).toThrow(/^--rand-augment/);
  });
});
