// Which sizes of training images a network may be trained on, by what is done to them.
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import { augmenter, augmentOption } from '../augment/augmenter.ts';
import { basicOnly, NO_AUGMENTATION } from './augmentation.ts';
import { resizingOfCrops, sourceOf } from './source-size.ts';

const config = { inputChannels: 3, height: 24, width: 32 };
const images = (height: number, width: number, channels = 3) => ({ channels, height, width });
const none = { config, augment: NO_AUGMENTATION };
const randomCrop = { config, augment: { ...NO_AUGMENTATION, randomCrop: true } };
const resizedCrop = { config, augment: { ...NO_AUGMENTATION, randomResizedCrop: [0.5, 1] } };

describe('the size that crops are taken of', () => {
  it("is that of larger images, of any shape; there is none where they have the network's", () => {
    for (const training of [none, resizedCrop]) expect(sourceOf(images(24, 32), training)).toBeUndefined();
    for (const training of [randomCrop, resizedCrop]) {
      expect(sourceOf(images(40, 40), training)).toEqual({ height: 40, width: 40 });
      expect(sourceOf(images(24, 33), training), 'one side').toEqual({ height: 24, width: 33 });
      expect(sourceOf(images(300, 32), training)).toEqual({ height: 300, width: 32 });
    }
    const grey = { ...randomCrop, config: { ...config, inputChannels: 1 } };
    expect(sourceOf(images(30, 40, 1), grey)).toEqual({ height: 30, width: 40 });
  });

  it.each([
    ['of larger images without a crop', images(24, 33), none, /^training images: "3x24x33" is larger .*3x24x32: crop/],
    ['of smaller images', images(23, 64), randomCrop, /^training images: "3x23x64" is not the network's 3x24x32/],
    ['of smaller images that are resized', images(12, 16), resizedCrop, /^training images: "3x12x16" is not/],
    ['of grey images', images(40, 40, 1), randomCrop, /^training images: "1x40x40" is not the network's 3x24x32/],
    [
      'of images with no room',
      images(24, 32),
      randomCrop,
      /^randomCrop: true needs images that are larger .*24x32.*--train-resize/,
    ],
  ])('is refused %s', (_, given, training, words) => {
    expect(() => sourceOf(given, training)).toThrow(ConfigError);
    expect(() => sourceOf(given, training)).toThrow(words);
  });

  it('is refused by an augmenter that has no room, and by a trainer without one', () => {
    const size = { inputChannels: 3, height: 24, width: 32 };
    const check = (source?: { height: number; width: number }) => () =>
      augmenter({ randomCrop: true, ...(source && { source }) }).check(size);
    expect(check()).toThrow(/^randomCrop: true needs images that are larger/);
    expect(check({ height: 40, width: 31 })).toThrow(/these are 40x31/);
    expect(check({ height: 24, width: 33 })).not.toThrow();
    expect(() => basicOnly(NO_AUGMENTATION, { height: 40, width: 40 })).toThrow(/^training images: "40x40" are not/);
    expect(() => basicOnly(randomCrop.augment)).toThrow(/randomCrop.*is unsupported here/);
    expect(augmentOption(randomCrop.augment, { height: 40, width: 40 })).toMatchObject({ source: { height: 40 } });
  });

  it('is what a network resizes whole images to', () => {
    expect(resizingOfCrops(config, images(24, 32))).toBeUndefined();
    expect(resizingOfCrops(config, images(40, 40))).toEqual({ resize: 40 });
    expect(resizingOfCrops(config, images(40, 32))).toEqual({ resize: { height: 40, width: 32 } });
  });
});
