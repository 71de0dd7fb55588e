// Image files to pixels, as Pillow's Image.open(file).convert('RGB') gives them: the colours that are stored, whatever
// alpha or a colour profile says of them. With npm's sharp: decoding untrusted JPEG, PNG and WebP is a job for a library
// that is fuzzed every day (libvips and the decoders under it); browsers have their own, so only Node.js needs it, and the
// package asks for it as an optional peer.

import type { Sharp } from 'sharp';
import type { DecodedFile, DeepImage, DeepOptions } from '../data/deep-image.ts';
import { isDicom } from '../data/dicom/is-dicom.ts';
import { otherKind } from '../data/file-kind.ts';
import { decodeGif, isGif } from '../data/gif.ts';
import { exifOrientation, upright } from '../data/orientation.ts';
import {
  clippedGrey,
  type DecodedPicture,
  PICTURE_DEFAULTS,
  type PictureNote,
  type PictureOptions,
} from '../data/picture-options.ts';
import type { DecodedImage } from '../data/preprocess.ts';
import { DataError, DenseNetError } from '../runtime/errors.ts';

/** What is decoded; sharp also knows formats that load other files (SVG) or run programs. */
const FORMATS = ['jpeg', 'png', 'webp', 'tiff', 'heif'];
/** 100 megapixels: 300 MB decoded. */
const MOST_PIXELS = 100_000_000;

/**
 * A picture's pixels, 8 bits, grey or RGB.
 * @param file what errors call it
 * @throws DataError where the bytes are no image that can be decoded; DenseNetError without sharp
 */
export async function decodePicture(
  bytes: Uint8Array,
  file: string,
  options: PictureOptions = PICTURE_DEFAULTS,
): Promise<DecodedPicture> {
  if (isGif(bytes)) return decodeGif(bytes, file, MOST_PIXELS);
  const { image, notes } = await decode(bytes, options).catch((cause: unknown) => {
    throw refused(bytes, file, cause);
  });
  return { image: options.exifOrientation === 'apply' ? upright(image, exifOrientation(bytes)) : image, notes };
}

/**
 * Any file at its depth: DICOM, and 16-bit and float pictures unless 8 bits are asked for; others as `decodePicture`.
 * @throws as `decodePicture`; DataError for a DICOM file that is damaged or of a kind that is not read
 */
export async function decodeFile(
  bytes: Uint8Array,
  file: string,
  options: DeepOptions = PICTURE_DEFAULTS,
): Promise<DecodedFile> {
  if (isDicom(bytes)) {
    const { readDicom } = await import('../data/dicom/read-dicom.ts');
    const { image, notes } = await readDicom(bytes, file, windowOf(options));
    return { deep: image, notes };
  }
  if (options.depth === '8-bit' || options.colourProfile === 'apply' || !mayBeDeep(bytes))
    return decodePicture(bytes, file, options);
  const found = await decodeDeep(bytes, options).catch((cause: unknown) => {
    throw refused(bytes, file, cause);
  });
  return found ?? decodePicture(bytes, file, options);
}

const windowOf = ({ dicomWindow, dicomFrame }: DeepOptions) => ({
  ...(dicomWindow !== undefined && { window: dicomWindow }),
  ...(dicomFrame !== undefined && { frame: dicomFrame }),
});

/** PNG, and TIFF of either order of bytes: others have 8 bits, and need not be opened to tell. */
const DEEP_FORMATS = [
  [0x89, 0x50, 0x4e, 0x47],
  [0x49, 0x49],
  [0x4d, 0x4d],
];
const mayBeDeep = (bytes: Uint8Array): boolean =>
  DEEP_FORMATS.some((start) => start.every((byte, i) => bytes[i] === byte));

/** Bands of more than 8 bits; undefined for a picture that has none. */
async function decodeDeep(bytes: Uint8Array, options: DeepOptions): Promise<DecodedFile | undefined> {
  const sharp = await loadSharp();
  const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, ignoreIcc: true });
  const { format, space, depth, orientation = 1, pages = 1 } = await image.metadata();
  if (format !== 'png' && format !== 'tiff') return undefined;
  const isFloat = depth === 'float' || depth === 'double';
  if ((depth !== 'ushort' && !isFloat) || space === 'cmyk') return undefined;
  // A TIFF's orientation is the format's own; a PNG's is EXIF's.
  if (orientation > 1 && (format === 'tiff' || options.exifOrientation === 'apply')) image.autoOrient();
  const kept = isFloat ? image : image.pipelineColourspace(space).toColourspace(space);
  const { data, info } = await kept.raw({ depth: isFloat ? 'float' : 'ushort' }).toBuffer({ resolveWithObject: true });
  const own = new Uint8Array(data).buffer;
  const bands = isFloat ? new Float32Array(own) : new Uint16Array(own);
  const [width, height, all] = [info.width, info.height, info.channels];
  const channels = all < 3 ? 1 : 3;
  // Alpha is dropped, as Pillow drops it.
  const levels = Float32Array.from({ length: width * height * channels }, (_, i) => {
    return bands[Math.floor(i / channels) * all + (i % channels)] ?? 0;
  });
  const size = { width, height, channels } as const;
  const notes = pages > 1 ? (['first-frame'] as const) : [];
  if (!isFloat) return { deep: { ...size, levels, white: 65535 }, notes };
  const { deep, isScaled } = scaledFloats({ ...size, levels, white: 1 });
  return { deep, notes: [...notes, ...(isScaled ? (['float-range'] as const) : [])] };
}

/** Values from 0 to 1 are light; where any is beyond, the least becomes black and the largest white. */
function scaledFloats(image: DeepImage): { deep: DeepImage; isScaled: boolean } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const level of image.levels) {
    if (!Number.isFinite(level)) throw new Error('a value is NaN or infinite');
    least = Math.min(least, level);
    most = Math.max(most, level);
  }
  if (least >= 0 && most <= 1) return { deep: image, isScaled: false };
  const levels = image.levels.map((level) => level - least);
  return { deep: { ...image, levels, white: most > least ? most - least : 1 }, isScaled: true };
}

/** Why a picture cannot be decoded, as an error that names it. */
function refused(bytes: Uint8Array, file: string, cause: unknown): DenseNetError {
  if (cause instanceof DenseNetError) return cause;
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  const unknown = /unsupported image format/.test(reason);
  const problem = unknown ? 'none of JPEG, PNG, WebP, GIF, TIFF, AVIF and DICOM; save it as PNG' : reason;
  return new DataError(file, 0, `not an image that can be decoded: ${otherKind(bytes, 'picture') ?? problem}`, {
    cause,
  });
}

/** @throws DenseNetError where it is not installed */
export async function loadSharp() {
  const { default: sharp } = await import('sharp').catch((cause) => {
    const problem = `reading images needs the npm package sharp (npm install sharp): ${cause}`;
    throw new DenseNetError('config', problem, { cause });
  });
  return sharp;
}

async function decode(bytes: Uint8Array, { colourProfile }: PictureOptions): Promise<DecodedPicture> {
  const sharp = await loadSharp();
  const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, ignoreIcc: colourProfile === 'ignore' });
  const { format, space, depth, hasProfile, pages = 1, orientation = 1 } = await image.metadata();
  if (!FORMATS.includes(format)) throw new Error(`${format} files are not read`);
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new Error(`its pixels are of type ${depth}; those read are 8 or 16 bits`);
  // Pillow turns a TIFF as it opens it: there the orientation is the format's, not EXIF's.
  if (format === 'tiff' && orientation > 1) image.autoOrient();
  const moving: PictureNote[] = format === 'webp' && pages > 1 ? ['first-frame'] : [];
  const wide: PictureNote[] = depth === 'ushort' ? ['eight-bits'] : [];
  if (colourProfile === 'apply' && hasProfile) {
    const converted = image.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' });
    return { image: await pixelsOf(converted), notes: [...moving, ...wide] };
  }
  if (space === 'cmyk') {
    const inks = await pixelsOf(image.pipelineColourspace('cmyk').toColourspace('cmyk').raw({ depth: 'uchar' }));
    return { image: fromInks(inks), notes: moving };
  }
  if (depth === 'uchar') {
    return { image: await pixelsOf(image.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' })), notes: moving };
  }
  if (space !== 'grey16' && space !== 'rgb16') throw new Error(`a colour space that is not read: ${space}`);
  const samples = await raw(
    image.pipelineColourspace(space).removeAlpha().toColourspace(space).raw({ depth: 'ushort' }),
  );
  const { width, height, channels, data } = samples;
  const values = new Uint16Array(new Uint8Array(data).buffer);
  // Grey beside alpha is of two channels to Pillow, of which it takes the upper bytes; grey alone it clips.
  if (channels === 1 && !(format === 'png' && bytes[25] === PNG_GREY_ALPHA)) {
    return { image: clippedGrey(width, height, values), notes: values.some((value) => value > 255) ? ['clipped'] : [] };
  }
  return { image: { width, height, channels, pixels: Uint8Array.from(values, (value) => value >> 8) }, notes: wide };
}

/** The type of colour in a PNG's header chunk. */
const PNG_GREY_ALPHA = 4;

async function raw(image: Sharp) {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 2) throw new Error('it has two channels');
  return { width, height, channels, data };
}

async function pixelsOf(image: Sharp): Promise<DecodedImage> {
  const { data, ...size } = await raw(image);
  return { ...size, pixels: data };
}

/**
 * Pillow's conversion of cyan, magenta, yellow and black: each takes its share of what black leaves.
 */
function fromInks({ width, height, pixels }: DecodedImage): DecodedImage {
  const rgb = new Uint8Array(3 * width * height);
  const ink = (at: number) => pixels[at] ?? 0;
  for (let i = 0, at = 0; i < rgb.length; i += 3, at += 4) {
    const light = 255 - ink(at + 3);
    for (let channel = 0; channel < 3; channel++) {
      // ink * light / 255, rounded, without a division (Pillow's MULDIV255).
      const product = ink(at + channel) * light + 128;
      rgb[i + channel] = light - (((product >> 8) + product) >> 8);
    }
  }
  return { width, height, channels: 3, pixels: rgb };
}

/**
 * Height, width and channels of a picture by its header, upright as `decodePicture` gives it: grey only where it is stored so.
 * @throws DataError where the bytes are no picture; DenseNetError without sharp
 */
export async function probePicture(
  bytes: Uint8Array,
  file: string,
  options: PictureOptions = PICTURE_DEFAULTS,
): Promise<{ readonly height: number; readonly width: number; readonly channels: 1 | 3 }> {
  if (isDicom(bytes)) return (await import('../data/dicom/read-dicom.ts')).probeDicom(bytes, file);
  if (isGif(bytes)) {
    if (bytes.length < 10) throw new DataError(file, bytes.length, 'ends inside the header of a GIF');
    const [width = 0, height = 0] = [6, 8].map((at) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
    return { height, width, channels: 3 };
  }
  const sharp = await loadSharp();
  const {
    format,
    width,
    height,
    space,
    orientation = 1,
  } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
    .metadata()
    .catch((cause: unknown) => {
      throw refused(bytes, file, cause);
    });
  if (!FORMATS.includes(format)) throw refused(bytes, file, new Error(`${format} files are not read`));
  const own = format === 'tiff' ? orientation : options.exifOrientation === 'apply' ? exifOrientation(bytes) : 1;
  const grey = space === 'b-w' || space === 'grey16';
  return { ...(own > 4 ? { height: width, width: height } : { height, width }), channels: grey ? 1 : 3 };
}
