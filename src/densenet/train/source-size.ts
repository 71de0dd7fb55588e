// The size of training images and that of the network's input: the same, or images are larger and random crops of them are what the
// network is trained on.

import type { Resizing } from '../../data/preprocess.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { DenseNetConfig, MapSize } from '../config.ts';
import { type Augmentation, crops } from './augmentation.ts';

/** What decides of which size training images may be. */
export interface SizedTraining {
  readonly config: Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;
  readonly augment: Augmentation;
}

/**
 * The size of training images where it is not the network's own: an augmenter's `source`.
 * @param name what errors call the images
 * @throws ConfigError for images of other channels, smaller than the input, or larger where nothing crops them; and for random crops
 * of images that are not larger
 */
export function sourceOf(
  { channels, height, width }: MapSize & { readonly channels: number },
  { config, augment }: SizedTraining,
  name = 'training images',
): MapSize | undefined {
  const is = `${channels}x${height}x${width}`;
  const wanted = `${config.inputChannels}x${config.height}x${config.width}`;
  if (channels !== config.inputChannels || height < config.height || width < config.width)
    throw new ConfigError(name, is, `is not the network's ${wanted}`);
  checkRandomCrop(augment, { height, width }, config);
  if (height === config.height && width === config.width) return undefined;
  if (augment.randomCrop || crops(augment)) return { height, width };
  throw new ConfigError(
    name,
    is,
    `is larger than the network's ${wanted}: crop them (randomCrop, randomResizedCrop; --random-crop, --random-resized-crop on the command line), or resize them to that`,
  );
}

/** @throws ConfigError where a random crop has no room: it needs images that are larger than the network's input */
export function checkRandomCrop({ randomCrop }: Augmentation, source: MapSize, { height, width }: MapSize): void {
  if (!randomCrop) return;
  const isSmaller = source.height < height || source.width < width;
  const isEqual = source.height === height && source.width === width;
  if (!isSmaller && !isEqual) return;
  throw new ConfigError(
    'randomCrop',
    true,
    `needs images that are larger than the network's ${height}x${width}, and these are ${source.height}x${source.width}: ` +
      'open them larger (`trainResize`; --train-resize on the command line), or leave it out',
  );
}

/**
 * How a network that was trained on random crops sees a whole image: resized to the size of which the crops were, and its middle, so that
 * things are as large as in training. Undefined where training images had the input's size.
 */
export function resizingOfCrops(config: MapSize, { height, width }: MapSize): Resizing | undefined {
  if (height === config.height && width === config.width) return undefined;
  return { resize: height === width ? height : { height, width } };
}
