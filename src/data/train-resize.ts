// Training images that are kept larger than the network's input, for random crops of them. All images of a data set are decoded at the
// one size; of validation and test images the middle is taken, pixel for pixel what prediction makes of their files: resized to that
// size, and cropped. Things are as large then as in training.

import { ConfigError } from '../runtime/errors.ts';
import type { ImageDataset } from './dataset.ts';
import { type ImageFilesOptions, sidesOf, sizeOf } from './dataset-options.ts';
import { imageBytes } from './idx.ts';
import { axes, type InputSize, type Resizing } from './preprocess.ts';

/** How images become a size; a side that is left out is still to be chosen. */
export type SizedInput = Resizing & { readonly height?: number | undefined; readonly width?: number | undefined };

/** The sizes of a data set's images. */
export interface PartSizes {
  /** As they are decoded. */
  readonly decoded: SizedInput;
  /** What validation and test images are, where that is less. */
  readonly middle?: Omit<InputSize, 'channels'>;
}

/** @throws ConfigError for a `trainResize` that is not larger than `size`, or is without it */
export function partSizes({ size, resizing, trainResize }: ImageFilesOptions): PartSizes {
  const { height, width } = sizeOf(size);
  if (trainResize === undefined) return { decoded: { ...resizing, height, width } };
  const stored = sidesOf(trainResize);
  const text = `${stored.height}x${stored.width}`;
  if (height === undefined || width === undefined)
    throw new ConfigError(
      'trainResize',
      text,
      "needs the size of the network's input too (`size`; --size on the command line)",
    );
  if (stored.height < height || stored.width < width || (stored.height === height && stored.width === width))
    throw new ConfigError('trainResize', text, `must be larger than the network's input, ${height}x${width}`);
  if (resizing?.fit === 'square')
    throw new ConfigError(
      'trainResize',
      text,
      "cannot be combined with the fit 'square', which crops before it resizes",
    );
  const resize = resizing?.resize ?? (stored.height === stored.width ? stored.height : stored);
  return {
    decoded: { ...resizing, resize, ...stored },
    middle: { ...resizing, resize, height, width },
  };
}

/**
 * Images as prediction sees them.
 * @param sizeOfFile of an image before it was resized
 */
export function asPredicted(
  images: ImageDataset,
  { decoded, middle }: PartSizes,
  sizeOfFile: (index: number) => { readonly height: number; readonly width: number },
): ImageDataset {
  if (!middle) return images;
  const { count, channels, classNames, labels, about } = images;
  const { height, width } = middle;
  const stored = { ...decoded, channels, height: images.height, width: images.width };
  /** Where it lies in the image as it was decoded. */
  const place = (index: number) => {
    const [from, to] = [axes(sizeOfFile(index), stored), axes(sizeOfFile(index), { ...middle, channels })];
    return {
      top: to.rows.start - to.top - (from.rows.start - from.top),
      left: to.columns.start - to.left - (from.columns.start - from.left),
    };
  };
  return {
    count,
    channels,
    height,
    width,
    classNames,
    labels,
    about,
    read: async (indices, into) => {
      const places = Array.from(indices, place);
      const bytes = imageBytes(images);
      const whole = new Uint8Array(places.length * bytes);
      await images.read(indices, whole);
      let at = 0;
      for (const [slot, { top, left }] of places.entries()) {
        for (let row = 0; row < channels * height; row++) {
          const y = Math.floor(row / height) * images.height + top + (row % height);
          const from = slot * bytes + y * images.width + left;
          into.set(whole.subarray(from, from + width), at);
          at += width;
        }
      }
    },
  };
}
