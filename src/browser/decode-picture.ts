// Decoding in a browser, in a page or a worker: a file's bytes to the pixels that are stored, 8 bits, as Pillow's convert('RGB') and
// Node.js (node/decode-image.ts) give them: alpha dropped, a profile applied and the picture turned as the options say. The
// browser decodes; what it does not give as it is stored is decoded here.

import { decodeGif, isGif } from '../data/gif.ts';
import { asStored, exifOrientation, upright } from '../data/orientation.ts';
import type { DecodedPicture, PictureOptions } from '../data/picture-options.ts';
import type { DecodedImage } from '../data/preprocess.ts';
import { readImageHeader } from './image-header.ts';
import { decodeDeepOrAlphaPng, hasColourChunk, withoutTransparency } from './png.ts';
import { type ImageNote, inspect, MAX_PIXELS, notesOf, type Refusal, undecodable } from './refusal.ts';

export interface BrowserPicture {
  readonly image: DecodedImage;
  readonly notes: readonly ImageNote[];
  /** The same for drawing, where the browser's decoder gave it; the caller closes it. */
  readonly bitmap: ImageBitmap | undefined;
}

/** Not every browser looks at the bytes; what the file's name says may be wrong. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  PNG: 'image/png',
  JPEG: 'image/jpeg',
  GIF: 'image/gif',
  WebP: 'image/webp',
  BMP: 'image/bmp',
  AVIF: 'image/avif',
  ICO: 'image/x-icon',
  HEIC: 'image/heic',
  'JPEG XL': 'image/jxl',
  TIFF: 'image/tiff',
};

/** @param pixelsOf all pixels of a bitmap, RGBA, by a canvas of the caller */
export async function decodePicture(
  bytes: Uint8Array<ArrayBuffer>,
  options: PictureOptions,
  pixelsOf: (bitmap: ImageBitmap) => Uint8ClampedArray,
): Promise<BrowserPicture | Refusal> {
  const header = readImageHeader(bytes);
  const refusal = inspect(bytes, header);
  if (refusal || !header) return refusal ?? { kind: 'not-an-image' };
  const turn = options.exifOrientation === 'apply' ? exifOrientation(bytes) : 1;
  const turned = (image: DecodedImage, notes: readonly ImageNote[]): BrowserPicture => ({
    image: upright(image, turn),
    notes,
    bitmap: undefined,
  });
  const converted = options.colourProfile === 'apply';
  const decoded = await decodeHere(bytes, converted).catch(() => 'damaged' as const);
  if (decoded === 'damaged') return undecodable(header);
  if (decoded) return turned(decoded.image, [...new Set([...notesOf({ ...header, deep: false }), ...decoded.notes])]);
  const stored = withoutWebpAlpha(withoutTransparency(asStored(bytes)));
  const bitmap = await createImageBitmap(new Blob([stored], { type: MEDIA_TYPES[header.format] ?? '' }), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: converted ? 'default' : 'none',
  }).catch(() => undefined);
  if (!bitmap) return undecodable(header);
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    bitmap.close();
    return { kind: 'too-many-pixels', width, height };
  }
  const pixels = pixelsOf(bitmap);
  const opaque = isOpaque(pixels);
  const image: DecodedImage = { width, height, channels: 4, pixels };
  if (opaque && turn === 1) return { image, notes: notesOf(header), bitmap };
  bitmap.close();
  return turned(image, opaque ? notesOf(header) : [...notesOf(header), 'rounded']);
}

export const isRefusal = <T extends object>(result: T | Refusal): result is Refusal => 'kind' in result;

/** What browsers do not give as it is stored; undefined for all else. @throws DataError for a file that is damaged */
async function decodeHere(bytes: Uint8Array<ArrayBuffer>, converted: boolean): Promise<DecodedPicture | undefined> {
  if (isGif(bytes)) return decodeGif(bytes, 'GIF', MAX_PIXELS);
  return converted && hasColourChunk(bytes) ? undefined : decodeDeepOrAlphaPng(bytes, 'PNG', MAX_PIXELS);
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return false;
  return true;
}

// A lossy WebP as if it had no alpha: the colours are coded apart from it, and a decoder that is told of none gives them as
// they are, where a canvas would multiply them by it. In a lossless one both are coded together. RFC 9649, section 2.7.

const ALPHA_FLAG = 0x10;
const ANIMATION_FLAG = 0x02;

/** A copy of the file with its alpha hidden; itself where it is no such WebP, or animated. */
function withoutWebpAlpha(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (text(0) !== 'RIFF' || text(8) !== 'WEBP') return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = bytes.slice();
  for (let at = 12; at + 8 <= bytes.length; at += 8 + ((view.getUint32(at + 4, true) + 1) & ~1)) {
    const kind = text(at);
    const data = at + 8;
    if (kind === 'VP8L' || (kind === 'VP8X' && ((bytes[data] ?? 0) & ANIMATION_FLAG) !== 0)) return bytes;
    if (kind === 'VP8X') copy[data] = (bytes[data] ?? 0) & ~ALPHA_FLAG;
    // A chunk of an unknown name is stepped over.
    if (kind === 'ALPH') copy.set([0x58, 0x58, 0x58, 0x58], at);
  }
  return copy;
}
