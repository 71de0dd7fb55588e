// A picture to classify: what the network gets, and what people see. A sample is both at once; a file of the visitor's
// is shown as it is, cut to the square that the network sees.

import type { LabelledImages } from '../../src/data/idx.ts';
import { prepareImage } from '../../src/data/preprocess.ts';
import { ConfigError, DataError } from '../../src/runtime/errors.ts';
import type { LoadedNetwork } from '../engine/protocol.ts';
import { text } from '../text/text.ts';

export interface Picture {
  /** Of the file. */
  readonly name: string;
  /** Place in the sample, for one of its images. */
  readonly sample: number | undefined;
  /** Bytes [C][H][W]. */
  readonly pixels: Uint8Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** The class, where it is known. */
  readonly truth: number | undefined;
  /** The visitor's own image, already cropped; a sample has none. */
  readonly original: ImageBitmap | undefined;
  /** Light and dark were swapped for the network. */
  readonly inverted: boolean;
}

/** What people call it. */
export const pictureName = ({ name, sample }: Picture): string =>
  sample === undefined ? name : text().classify.sample(sample + 1);

export type InputShape = Pick<LoadedNetwork, 'channels' | 'height' | 'width'>;

export function samplePicture(images: LabelledImages, index: number): Picture {
  const { channels, height, width } = images;
  const bytes = channels * height * width;
  const truth = images.labels[index];
  const pixels = images.pixels.subarray(index * bytes, (index + 1) * bytes);
  return { name: '', sample: index, pixels, channels, height, width, truth, original: undefined, inverted: false };
}

/** An image past this has more pixels than a page should decode. */
const MAX_PIXELS = 64_000_000;

/**
 * An image file as the network wants it. Fashion-MNIST shows light things on black: a picture with a light border is
 * inverted, which the caller may undo.
 * @throws DataError for a file that is no image the browser can decode, or one that is absurdly large
 */
export async function filePicture(file: File, shape: InputShape): Promise<Picture> {
  const bitmap = await createImageBitmap(file).catch((cause) => {
    throw new DataError(file.name, 0, 'is not an image that this browser can decode', { cause });
  });
  try {
    const { width, height } = bitmap;
    if (width * height > MAX_PIXELS) {
      throw new DataError(file.name, 0, `has ${width} x ${height} pixels; at most ${MAX_PIXELS} are read`);
    }
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new ConfigError('canvas', `${width}x${height}`, 'is more than this browser can draw');
    // What is transparent is white, as on paper.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const pixels = prepareImage({ width, height, channels: 4, pixels: data }, shape);
    const original = await cropped(canvas, shape);
    const picture = {
      name: file.name,
      sample: undefined,
      pixels,
      ...shapeOf(shape),
      truth: undefined,
      original,
      inverted: false,
    };
    return lightBorder(picture) ? invert(picture) : picture;
  } finally {
    bitmap.close();
  }
}

const shapeOf = ({ channels, height, width }: InputShape): InputShape => ({ channels, height, width });

/** Light and dark swapped. */
export const invert = (picture: Picture): Picture => ({
  ...picture,
  pixels: picture.pixels.map((value) => 255 - value),
  inverted: !picture.inverted,
});

/** The part in the middle that has the network's shape. */
function cropped(canvas: OffscreenCanvas, { height, width }: InputShape): Promise<ImageBitmap> {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  return createImageBitmap(canvas, Math.floor((canvas.width - w) / 2), Math.floor((canvas.height - h) / 2), w, h, {
    resizeWidth: 560,
    resizeHeight: Math.round((560 * height) / width),
    resizeQuality: 'high',
  });
}

function lightBorder({ pixels, channels, height, width }: Omit<Picture, 'inverted'>): boolean {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < channels * height * width; i++) {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    if (x > 0 && x < width - 1 && y > 0 && y < height - 1) continue;
    sum += pixels[i] ?? 0;
    count++;
  }
  return sum / count > 127;
}
