// Image files to pixels in a page or a worker, for programs: the browser's own decoder on one canvas.

import { PICTURE_RULES } from '../data/dataset-options.ts';
import { PICTURE_DEFAULTS, type PictureOptions } from '../data/picture-options.ts';
import type { DecodedImage } from '../data/preprocess.ts';
import { DataError, DenseNetError } from '../runtime/errors.ts';
import { checkOptions } from '../runtime/options.ts';
import { decodePicture, isRefusal } from './decode-picture.ts';
import { type PictureDecoder, readPicture } from './decoded-files.ts';
import type { PageFile } from './file-tree.ts';

/**
 * An image file's pixels, 8 bits, as Pillow's `Image.open(file).convert('RGB')` gives them: PNG, JPEG, WebP, GIF and what else the
 * browser decodes.
 * @param file of a file input, a drop or a paste
 * @param options left out: colour profiles are ignored, and photographs are turned upright
 * @throws DataError naming a file that cannot be read, or is no image; ConfigError for an option that cannot be; DenseNetError where
 * there is no browser
 */
export async function decodeImage(file: PageFile, options: Partial<PictureOptions> = {}): Promise<DecodedImage> {
  checkOptions<Partial<PictureOptions>>('options of decodeImage', options, PICTURE_RULES);
  const found = await readPicture({ file }, { ...PICTURE_DEFAULTS, ...options }, browserDecoder());
  if ('problem' in found) throw new DataError(file.name, 0, found.problem);
  return found.image;
}

/** The browser's own decoder, with one canvas. @throws DenseNetError where there is none */
export function browserDecoder(): PictureDecoder {
  const canvas = typeof OffscreenCanvas === 'function' ? new OffscreenCanvas(1, 1) : undefined;
  const context = canvas?.getContext('2d', { willReadFrequently: true });
  if (!canvas || !context || typeof createImageBitmap !== 'function')
    throw new DenseNetError(
      'config',
      'images are decoded by a browser (createImageBitmap, OffscreenCanvas), which is not here; under Node.js use densenet-webgpu/node',
    );
  return async (bytes, options) => {
    const decoded = await decodePicture(bytes, options, (bitmap) => {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      // A canvas keeps the memory of its size.
      canvas.width = 1;
      canvas.height = 1;
      return data;
    });
    if (!isRefusal(decoded)) decoded.bitmap?.close();
    return decoded;
  };
}
