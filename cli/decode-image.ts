// Image files to pixels, with npm's sharp. Decoding strangers' JPEG, PNG and WebP is a job for a library that is fuzzed
// every day (libvips and the decoders under it); browsers have their own, so only the command line needs it, and the
// package asks for it as an optional peer.
import { type DecodedImage, type InputSize, prepareImage } from '../src/data/preprocess.ts';
import { DataError, DenseNetError } from '../src/runtime/errors.ts';
import { readInputFile } from './input-file.ts';

/** What is decoded; sharp also knows formats that load other files (SVG) or run programs. */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];
/** 100 megapixels: 300 MB decoded. */
const MOST_PIXELS = 100_000_000;

/**
 * The network's input for an image file: [C][H][W], 8 bits; EXIF orientation applied, alpha dropped.
 * @throws ConfigError where there is no such file, DataError where it is no image that can be decoded
 */
export async function readImage(file: string, input: InputSize): Promise<Uint8Array> {
  return prepareImage(await decode(file, await readInputFile(file)), input);
}

async function decode(file: string, bytes: Uint8Array): Promise<DecodedImage> {
  const { default: sharp } = await import('sharp').catch((cause) => {
    throw new DenseNetError('config', `reading images needs the npm package sharp (npm install sharp): ${cause}`, {
      cause,
    });
  });
  try {
    const image = sharp(bytes, { limitInputPixels: MOST_PIXELS });
    const { format } = await image.metadata();
    if (!FORMATS.includes(format)) throw new Error(`${format} files are not read`);
    const { data, info } = await image
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels === 2) throw new Error('it has two channels');
    return { width, height, channels, pixels: data };
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new DataError(file, 0, `not an image that can be decoded: ${problem}`, { cause });
  }
}
