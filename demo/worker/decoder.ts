// Decoding in the worker: a file's bytes to the pixels that are stored, 8 bits, as Pillow's convert('RGB') and the command
// line give them: alpha dropped, a profile applied and the picture turned as the options say. One image is drawn at a time
// on one canvas, so that memory is that of one picture whatever the queue.

import { decodeGif, isGif } from '../../src/data/gif.ts';
import { asStored, exifOrientation, upright } from '../../src/data/orientation.ts';
import type { DecodedPicture, PictureOptions } from '../../src/data/picture-options.ts';
import type { DecodedImage } from '../../src/data/preprocess.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { readImageHeader } from '../images/image-header.ts';
import { type ImageNote, inspect, MAX_PIXELS, notesOf, type Refusal, undecodable } from '../images/refusal.ts';
import { decodeDeepOrAlphaPng, hasColourChunk, withoutTransparency } from './png.ts';

export interface Decoded {
  readonly image: DecodedImage;
  readonly notes: readonly ImageNote[];
  /** The same for drawing. */
  readonly bitmap: ImageBitmap;
}

/** A part of an image, in its own pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
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

/** The caller closes the bitmap. */
export async function decode(
  bytes: Uint8Array<ArrayBuffer>,
  options: PictureOptions,
  drawing: Drawing,
): Promise<Decoded | Refusal> {
  const header = readImageHeader(bytes);
  const refusal = inspect(bytes, header);
  if (refusal || !header) return refusal ?? { kind: 'not-an-image' };
  const turn = options.exifOrientation === 'apply' ? exifOrientation(bytes) : 1;
  const turned = async (image: DecodedImage, notes: readonly ImageNote[]): Promise<Decoded> => {
    const whole = upright(image, turn);
    return { image: whole, notes, bitmap: await bitmapOf(whole) };
  };
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
  const pixels = drawing.pixels(bitmap);
  const opaque = isOpaque(pixels);
  const image: DecodedImage = { width, height, channels: 4, pixels };
  if (opaque && turn === 1) return { image, notes: notesOf(header), bitmap };
  bitmap.close();
  return turned(image, opaque ? notesOf(header) : [...notesOf(header), 'rounded']);
}

/** What browsers do not give as it is stored; undefined for all else. @throws DataError for a file that is damaged */
async function decodeHere(bytes: Uint8Array<ArrayBuffer>, converted: boolean): Promise<DecodedPicture | undefined> {
  if (isGif(bytes)) return decodeGif(bytes, 'GIF', MAX_PIXELS);
  return converted && hasColourChunk(bytes) ? undefined : decodeDeepOrAlphaPng(bytes, 'PNG', MAX_PIXELS);
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return false;
  return true;
}

function bitmapOf({ width, height, channels, pixels }: DecodedImage): Promise<ImageBitmap> {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) {
      rgba[4 * i + channel] = pixels[channels * i + (channels === 1 ? 0 : channel)] ?? 0;
    }
  }
  return createImageBitmap(new ImageData(rgba, width, height));
}

export const isRefusal = (result: Decoded | Refusal): result is Refusal => 'kind' in result;

/** Canvases of the worker that are used again and again. */
export class Drawing {
  private readonly context = contextOf();
  private readonly thumbnails = contextOf();

  /** All pixels of an image, RGBA; colours that are transparent are rounded. */
  pixels(bitmap: ImageBitmap): Uint8ClampedArray<ArrayBuffer> {
    const { width, height } = bitmap;
    const whole = { x: 0, y: 0, width, height };
    const { data } = this.draw(this.context, bitmap, whole, width, height).getImageData(0, 0, width, height);
    release(this.context);
    return data;
  }

  /** A region of an image, resized: RGBA. */
  region(bitmap: ImageBitmap, from: Region, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
    return this.draw(this.context, bitmap, from, width, height).getImageData(0, 0, width, height).data;
  }

  /** The middle square, at most `side` x `side`, as a JPEG. */
  async thumbnail(bitmap: ImageBitmap, side: number): Promise<Uint8Array<ArrayBuffer>> {
    const square = Math.min(bitmap.width, bitmap.height);
    const [x, y] = [Math.floor((bitmap.width - square) / 2), Math.floor((bitmap.height - square) / 2)];
    const size = Math.min(side, square);
    const { canvas } = this.draw(this.thumbnails, bitmap, { x, y, width: square, height: square }, size, size);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
    return new Uint8Array(await blob.arrayBuffer());
  }

  private draw(context: OffscreenCanvasRenderingContext2D, image: ImageBitmap, from: Region, w: number, h: number) {
    context.canvas.width = w;
    context.canvas.height = h;
    context.imageSmoothingQuality = 'high';
    context.clearRect(0, 0, w, h);
    context.drawImage(image, from.x, from.y, from.width, from.height, 0, 0, w, h);
    return context;
  }
}

function contextOf(): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!context) throw new ConfigError('canvas', '2d', 'is not there in this browser’s workers; update the browser');
  return context;
}

/** A canvas keeps the memory of its size. */
function release({ canvas }: OffscreenCanvasRenderingContext2D): void {
  canvas.width = 1;
  canvas.height = 1;
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
