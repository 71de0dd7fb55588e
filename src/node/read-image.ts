// Image files to pixels under Node.js, for programs.

import { DEEP_RULES, type DeepOptions } from '../data/deep-image.ts';
import { PICTURE_DEFAULTS } from '../data/picture-options.ts';
import { shownImage } from '../data/prepare-deep.ts';
import type { DecodedImage } from '../data/preprocess.ts';
import { checkOptions } from '../runtime/options.ts';
import { decodeFile } from './decode-image.ts';
import { readWhole } from './read-file.ts';

/**
 * An image's pixels, 8 bits, grey or RGB, as Pillow's `Image.open(file).convert('RGB')` gives them: JPEG, PNG, WebP, GIF, TIFF, AVIF; of
 * DICOM, and with `depth: 'full'` of 16-bit pictures, their range from black to white.
 * @param options left out: colour profiles are ignored, and photographs are turned upright
 * @param file what errors call it
 * @throws ConfigError for an option that cannot be; DataError where the bytes are no image that can be decoded; DenseNetError without the npm package `sharp`
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: Partial<DeepOptions> = {},
  file = 'image',
): Promise<DecodedImage> {
  checkOptions<Partial<DeepOptions>>('options of decodeImage', options, DEEP_RULES);
  const decoded = await decodeFile(bytes, file, { ...PICTURE_DEFAULTS, depth: '8-bit', ...options });
  return 'deep' in decoded ? shownImage(decoded.deep) : decoded.image;
}

/** The same of a file. @throws ConfigError where it cannot be read; as `decodeImage` */
export async function readImage(path: string, options: Partial<DeepOptions> = {}): Promise<DecodedImage> {
  return decodeImage(await readWhole(path), options, path);
}
