// A data set as training, evaluation and prediction see it: images of one size that are read by their numbers, so that a set
// may be larger than memory. Where its pixels lie (an array, a file of decoded images, a server) is the data set's own matter.

import { imageBytes } from './batches.ts';
import type { LabelledImages } from './idx.ts';

/** Labelled images of one size. */
export interface ImageDataset {
  /** Number of images. */
  readonly count: number;
  /** Of each image, as it is stored: 1, or 3 for RGB. */
  readonly channels: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /** By label. */
  readonly classNames: readonly string[];
  /**
   * One class number per image: Int32Array [count]. Several labels per image: Float32Array [count][classes] of 0 and 1, NaN where a
   * label is missing.
   */
  readonly labels: Int32Array | Float32Array;
  /**
   * Writes the pixels of the images `indices` to the front of `into`, [indices.length][channels][height][width], 8 bits each.
   * The indices are read at the call; `into` is whole when the promise resolves.
   * @throws DataError where an image cannot be read any more
   */
  read(indices: ArrayLike<number>, into: Uint8Array): Promise<void>;
}

/** Images in memory as a data set. */
export function inMemory(images: LabelledImages): ImageDataset {
  const { count, channels, height, width, classNames, labels, pixels } = images;
  const bytes = imageBytes(images);
  return {
    ...{ count, channels, height, width, classNames, labels },
    read: async (indices, into) => {
      for (let slot = 0; slot < indices.length; slot++) {
        const start = (indices[slot] ?? 0) * bytes;
        into.set(pixels.subarray(start, start + bytes), slot * bytes);
      }
    },
  };
}
