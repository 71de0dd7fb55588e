// Decoding in the worker: a file's bytes to pixels, turned as its EXIF orientation says, in sRGB, 8 bits, on white where
// it is transparent. One image is drawn at a time on one canvas, so that memory is that of one picture whatever the queue.

import type { DecodedImage } from '../../src/data/preprocess.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { readImageHeader } from './image-header.ts';
import { type ImageNote, inspect, MAX_PIXELS, notesOf, type Refusal, undecodable } from './refusal.ts';

export interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly notes: readonly ImageNote[];
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
export async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<Decoded | Refusal> {
  const header = readImageHeader(bytes);
  const refusal = inspect(bytes, header);
  if (refusal || !header) return refusal ?? { kind: 'not-an-image' };
  const typed = new Blob([bytes], { type: MEDIA_TYPES[header.format] ?? '' });
  const bitmap = await createImageBitmap(typed, { imageOrientation: 'from-image' }).catch(() => undefined);
  if (!bitmap) return undecodable(header);
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    bitmap.close();
    return { kind: 'too-many-pixels', width, height };
  }
  return { width, height, notes: notesOf(header), bitmap };
}

export const isRefusal = (result: Decoded | Refusal): result is Refusal => 'kind' in result;

/** Canvases of the worker that are used again and again. */
export class Drawing {
  private readonly context = contextOf();
  private readonly thumbnails = contextOf();

  /** All pixels of an image. */
  pixels(bitmap: ImageBitmap): DecodedImage {
    const { width, height } = bitmap;
    const whole = { x: 0, y: 0, width, height };
    const { data } = this.draw(this.context, bitmap, whole, width, height).getImageData(0, 0, width, height);
    release(this.context);
    return { width, height, channels: 4, pixels: data };
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
    context.fillStyle = '#fff';
    context.fillRect(0, 0, w, h);
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
