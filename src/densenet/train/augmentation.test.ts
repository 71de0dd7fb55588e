import { describe, expect, it } from 'vitest';
import { parse } from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import {
  AUGMENTATION,
  AUGMENTATION_PRESETS,
  AUGMENTATIONS,
  type Augmentation,
  augmentationText,
  isBasic,
  NO_AUGMENTATION,
} from './augmentation.ts';

const read = (json: unknown): Augmentation => parse(AUGMENTATION, json, 'augment');

describe('the table of augmentations', () => {
  it('reads what earlier versions wrote: what they did not know is off', () => {
    expect(read({ mirror: true, shift: 2 })).toEqual({ ...NO_AUGMENTATION, mirror: true, shift: 2 });
  });

  it('has a value for each in every preset, which reads back as written', () => {
    for (const preset of Object.values(AUGMENTATION_PRESETS)) {
      expect(Object.keys(preset)).toEqual(Object.keys(AUGMENTATIONS));
      expect(read(JSON.parse(JSON.stringify(preset)))).toEqual(preset);
    }
  });

  it('knows which need no augmenter', () => {
    const { none, light, paper, strong } = AUGMENTATION_PRESETS;
    expect([none, light, paper, strong].map(isBasic)).toEqual([true, true, true, false]);
    expect(isBasic({ ...light, scale: [1, 2] })).toBe(false);
  });

  it('says what is on', () => {
    expect(augmentationText(AUGMENTATION_PRESETS.light)).toBe('mirrored, shifted by up to 1 pixels');
    expect(augmentationText({ ...NO_AUGMENTATION, trivialAugment: true, scale: [1, 2] })).toBe(
      'not mirrored, shifted by up to 0 pixels, scale [1,2], trivialAugment',
    );
  });

  it.each([
    ['randomResizedCrop', { randomResizedCrop: [0.5, 0.2] }],
    ['randomResizedCrop[0]', { randomResizedCrop: [0, 1] }],
    ['cropRatio', { cropRatio: [0.5, 2] }],
    ['cropRatio', { cropRatio: [0.5, 2], randomCrop: true }],
    ['randomCrop', { randomCrop: true, randomResizedCrop: [0.5, 1] }],
    ['colorJitter', { colorJitter: [0, 0, 0, 0.6] }],
    ['colorJitter', { colorJitter: [0.4] }],
    ['randAugment', { randAugment: [2, 9], trivialAugment: true }],
    ['randAugment[1]', { randAugment: [2, 31] }],
    ['shear', { shear: 90 }],
    ['scale[0]', { scale: [0, 1] }],
    ['erasing', { erasing: 1.5 }],
    ['rotation', { rotation: Number.NaN }],
  ])('refuses %s that cannot be', (field, given) => {
    const attempt = () => read({ mirror: false, shift: 0, ...given });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
  });
});
