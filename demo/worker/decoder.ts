// Decoding in the worker (src/browser/decode-picture.ts), with pictures for people. One image is drawn at a time on one canvas, so
// that memory is that of one picture whatever the queue.

import { decodePicture, isRefusal } from '../../src/browser/decode-picture.ts';
import type { ImageNote, Refusal } from '../../src/browser/refusal.ts';
import type { PictureOptions } from '../../src/data/picture-options.ts';
import type { DecodedImage } from '../../src/data/preprocess.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

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

/** The caller closes the bitmap. */
export async function decode(
  bytes: Uint8Array<ArrayBuffer>,
  options: PictureOptions,
  drawing: Drawing,
): Promise<Decoded | Refusal> {
  const decoded = await decodePicture(bytes, options, (bitmap) => drawing.pixels(bitmap));
  if (isRefusal(decoded)) return decoded;
  return { ...decoded, bitmap: decoded.bitmap ?? (await bitmapOf(decoded.image)) };
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
