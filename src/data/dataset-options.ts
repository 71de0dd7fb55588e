// How a data set of image files is opened, on a disk and in a page: the options that both have, each with its rule.

import { ConfigError } from '../runtime/errors.ts';
import {
  aFunction,
  anObject,
  anything,
  checkOptions,
  must,
  nested,
  oneOf,
  type Rules,
  SEED,
} from '../runtime/options.ts';
import type { Signal } from '../runtime/signal.ts';
import { COLOUR_PROFILES, EXIF_ORIENTATIONS, type PictureOptions } from './picture-options.ts';
import { FITS, type Preprocessing, type Resizing, resizingOf } from './preprocess.ts';
import { INTERPOLATIONS } from './resample.ts';

/** How far a data set's opening is. */
export interface OpenProgress {
  /** What is under way. */
  readonly stage: 'list' | 'measure' | 'decode';
  /** Images so far. */
  readonly done: number;
  /** Left out: not known yet. */
  readonly total?: number;
}

/** How a data set of image files is opened. */
export interface ImageFilesOptions {
  /** Of the images, in pixels; left out: their own where all have the same, else a usual one that most cover. */
  readonly size?:
    | number
    | {
        /** In pixels. */
        readonly height: number;
        /** In pixels. */
        readonly width: number;
      }
    | undefined;
  /**
   * Of training images, larger than `size`: random crops of them are trained on (`randomCrop`, `randomResizedCrop`). Validation and test
   * images are resized to it, too, and their middle is taken.
   */
  readonly trainResize?: ImageFilesOptions['size'];
  /** 1 or 3; left out: 1 where all images are stored grey, as far as that is known (in a page it is not: 3). */
  readonly channels?: number | undefined;
  /** How images of another size become that one; left out: the shorter side is resized, and the middle cropped. */
  readonly resizing?: Resizing | undefined;
  /**
   * How a network takes images (`classifier.preprocessing`): size, channels, resizing, mean and std in one, instead of those.
   */
  readonly preprocessing?: Preprocessing | undefined;
  /** How pictures are decoded. */
  readonly pictures?: Partial<PictureOptions> | undefined;
  /** Class names by label; left out: the data set's own. */
  readonly labels?: readonly string[] | undefined;
  /** Of pixels in [0, 1], one per channel; left out: measured on the training images. */
  readonly mean?: readonly number[] | undefined;
  /** Of pixels in [0, 1], one per channel; left out: measured on the training images. */
  readonly std?: readonly number[] | undefined;
  /** The share of the training images that becomes the validation set: stratified, by `seed`. */
  readonly valSplit?: number | undefined;
  /** A column of the table, or a level of folders (2: below the class), whose images stay on one side of a split. */
  readonly group?: string | number | undefined;
  /** Of the split; default 0. */
  readonly seed?: number | undefined;
  /** The share of the images that may be unusable; default 0.05. */
  readonly badShare?: number | undefined;
  /** The most bytes of decoded images in memory; default: a quarter of what is free, at most 2 GB; in a page 512 MB. */
  readonly cacheBytes?: number | undefined;
  /** Ends the opening: it is rejected with the signal's reason. */
  readonly signal?: Pick<Signal, 'aborted' | 'reason'> | undefined;
  /** Told how far it is. */
  readonly onProgress?: ((progress: OpenProgress) => void) | undefined;
}

const share = must((value) => typeof value === 'number' && value >= 0 && value <= 1, 'must be a share from 0 to 1');
const numbers = must(
  (value) => Array.isArray(value) && value.every(Number.isFinite),
  'must be a list of numbers, one per channel',
);
const side = (value: unknown) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 16384;
const sides = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  side(Reflect.get(value, 'height')) &&
  side(Reflect.get(value, 'width'));

/** Of decoding a picture. */
export const PICTURE_RULES: Rules<Partial<PictureOptions>> = {
  colourProfile: oneOf(...COLOUR_PROFILES),
  exifOrientation: oneOf(...EXIF_ORIENTATIONS),
};

const RESIZING_RULES: Rules<Resizing> = {
  resize: must((value) => side(value) || sides(value), 'must be a number of pixels, or a height and a width'),
  interpolation: oneOf(...INTERPOLATIONS),
  fit: oneOf(...FITS),
  fill: must(
    (value) => Array.isArray(value) && value.every((byte) => typeof byte === 'number' && byte >= 0 && byte <= 255),
    'must be a list of numbers from 0 to 255, one per channel',
  ),
  centre: oneOf('round', 'floor'),
};

const size = must(
  (value) => side(value) || sides(value),
  'must be a whole number of pixels from 1 to 16384, or a height and a width',
);

export const IMAGE_FILES_RULES: Rules<ImageFilesOptions> = {
  size,
  trainResize: size,
  channels: must((value) => value === 1 || value === 3, 'must be 1 (grey) or 3 (RGB)'),
  resizing: nested<Resizing>(RESIZING_RULES),
  preprocessing: anObject,
  pictures: nested<Partial<PictureOptions>>(PICTURE_RULES),
  labels: must(
    (value) => Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string'),
    'must be a list of class names',
  ),
  mean: numbers,
  std: numbers,
  valSplit: must(
    (value) => typeof value === 'number' && value > 0 && value < 1,
    'must lie in (0, 1): the share of the training images that is for validation',
  ),
  group: must(
    (value) => typeof value === 'string' || typeof value === 'number',
    'must be a column of the table, or a level of folders',
  ),
  seed: SEED,
  badShare: share,
  cacheBytes: must(
    (value) => typeof value === 'number' && value >= 0 && Number.isFinite(value),
    'must be a number of bytes',
  ),
  signal: anything,
  onProgress: aFunction,
};

/**
 * Options with what `preprocessing` says written out.
 * @throws ConfigError naming an option that cannot be, or that is given twice
 */
export function checkedOptions<Options extends ImageFilesOptions>(
  what: string,
  options: Options,
  rules: Rules<Options>,
): Options {
  checkOptions<Options>(what, options, rules);
  const { preprocessing } = options;
  if (!preprocessing) return options;
  for (const name of ['size', 'channels', 'resizing', 'mean', 'std'] as const) {
    if (options[name] !== undefined)
      throw new ConfigError(name, options[name], 'is given beside preprocessing, which says it: leave one out');
  }
  const { channels, height, width, mean, std } = preprocessing;
  const resizing = resizingOf(preprocessing);
  const given = { ...options, preprocessing: undefined, size: { height, width }, channels, resizing, mean, std };
  checkOptions<Options>(what, given, rules);
  return given;
}

export const sidesOf = (size: NonNullable<ImageFilesOptions['size']>): { height: number; width: number } =>
  typeof size === 'number' ? { height: size, width: size } : { height: size.height, width: size.width };

export const sizeOf = (size: ImageFilesOptions['size']): { height?: number; width?: number } =>
  size === undefined ? {} : sidesOf(size);

/** The share of the files that may be unusable, unless an option says otherwise. */
export const BAD_SHARE = 0.05;
