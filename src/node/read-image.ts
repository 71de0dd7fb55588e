// Image files to pixels under Node.js, for programs.

import { PICTURE_RULES } from '../data/dataset-options.ts';
import { PICTURE_DEFAULTS, type PictureOptions } from '../data/picture-options.ts';
import type { DecodedImage } from '../data/preprocess.ts';
import { checkOptions } from '../runtime/options.ts';
import { decodePicture } from './decode-image.ts';
import { readWhole } from './read-file.ts';

/**
 * An image's pixels, 8 bits, grey or RGB, as Pillow's `Image.open(file).convert('RGB')` gives them: JPEG, PNG, WebP, GIF, TIFF, AVIF.
 * @param options left out: colour profiles are ignored, and photographs are turned upright
 * @param file what errors call it
 * @throws ConfigError for an option that cannot be; DataError where the bytes are no image that can be decoded; DenseNetError without the npm package `sharp`
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: Partial<PictureOptions> = {},
  file = 'image',
): Promise<DecodedImage> {
  checkOptions<Partial<PictureOptions>>('options of decodeImage', options, PICTURE_RULES);
  return (await decodePicture(bytes, file, { ...PICTURE_DEFAULTS, ...options })).image;
}

/** The same of a file. @throws ConfigError where it cannot be read; as `decodeImage` */
export async function readImage(path: string, options: Partial<PictureOptions> = {}): Promise<DecodedImage> {
  return decodeImage(await readWhole(path), options, path);
}
