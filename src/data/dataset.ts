// A data set as training, evaluation and prediction see it: images of one size that are read by their numbers, so that a set
// may be larger than memory. Where its pixels lie (an array, a file of decoded images, a server) is the data set's own matter.

import { ConfigError } from '../runtime/errors.ts';
import { imageBytes, type LabelledImages } from './idx.ts';

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
  /** SHA-256 of all pixels in their order, in hexadecimal, where it is known. */
  readonly sha256?: string | undefined;
  /**
   * Writes the pixels of the images `indices` to the front of `into`, [indices.length][channels][height][width], 8 bits each.
   * The indices are read at the call; `into` is whole when the promise resolves.
   * @throws DataError where an image cannot be read any more
   */
  read(indices: ArrayLike<number>, into: Uint8Array): Promise<void>;
  /** What is known of each image besides; left out: nothing. */
  readonly about?: ImageDetails | undefined;
}

/** What is known of the images of a data set, by index. */
export interface ImageDetails {
  /** What an image is called: its path within the data set. */
  name(index: number): string;
  /** What must stay on one side of a split together (a patient, an object); undefined: the image alone. */
  group(index: number): string | undefined;
  /** Height and width of the file, before it was resized; undefined: those of the data set. */
  size(index: number):
    | {
        /** In pixels. */
        readonly height: number;
        /** In pixels. */
        readonly width: number;
      }
    | undefined;
}

/** A data set whose pixels are all in memory. */
export interface ImagesInMemory extends ImageDataset {
  /** [count][channels][height][width] */
  readonly pixels: Uint8Array;
}

export const isInMemory = (dataset: ImageDataset): dataset is ImagesInMemory =>
  'pixels' in dataset && dataset.pixels instanceof Uint8Array;

/** Labels of each image: 1, or, where several may apply, as many as there are classes. */
export const labelsPerImage = ({ labels, classNames }: Pick<ImageDataset, 'labels' | 'classNames'>): number =>
  labels instanceof Float32Array ? classNames.length : 1;

/** Pixels with one label per image, or several. */
export type AnyLabelledImages = Omit<LabelledImages, 'labels'> & Pick<ImageDataset, 'labels'>;

/** Images in memory as a data set. */
export function inMemory(images: AnyLabelledImages, about?: ImageDetails): ImagesInMemory {
  const { count, channels, height, width, classNames, labels, pixels } = images;
  const bytes = imageBytes(images);
  return {
    count,
    channels,
    height,
    width,
    classNames,
    labels,
    pixels,
    about,
    read: async (indices, into) => {
      for (let slot = 0; slot < indices.length; slot++) {
        const start = (indices[slot] ?? 0) * bytes;
        into.set(pixels.subarray(start, start + bytes), slot * bytes);
      }
    },
  };
}

/** Pixels of a data set's images, in their order, in pieces of at most `bytes`. The array is used again for the next piece. */
export async function* pixelsInOrder(dataset: ImageDataset, bytes = 1 << 22): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const each = imageBytes(dataset);
  const images = Math.max(1, Math.floor(bytes / each));
  const piece = new Uint8Array(images * each);
  for (let first = 0; first < dataset.count; first += images) {
    const count = Math.min(images, dataset.count - first);
    await dataset.read(
      Uint32Array.from({ length: count }, (_, i) => first + i),
      piece,
    );
    yield piece.subarray(0, count * each);
  }
}

/**
 * The images `indices` of a data set as one of their own, in that order.
 * @throws ConfigError for an index that the data set does not have
 */
export function subset(dataset: ImageDataset, indices: ArrayLike<number>): ImageDataset {
  const { count, channels, height, width, classNames, about } = dataset;
  const chosen = Uint32Array.from(indices);
  const beyond = chosen.find((index) => index >= count);
  if (beyond !== undefined) throw new ConfigError('indices', beyond, `is not an image: there are ${count}, from 0`);
  const at = (index: number) => chosen[index] ?? 0;
  return {
    count: chosen.length,
    channels,
    height,
    width,
    classNames,
    labels: labelsOf(dataset, chosen),
    about: about && {
      name: (index) => about.name(at(index)),
      group: (index) => about.group(at(index)),
      size: (index) => about.size(at(index)),
    },
    read: (wanted, into) => dataset.read(Uint32Array.from(wanted, at), into),
  };
}

function labelsOf({ labels, classNames }: ImageDataset, chosen: Uint32Array): Int32Array | Float32Array {
  if (labels instanceof Int32Array) return Int32Array.from(chosen, (index) => labels[index] ?? 0);
  const classes = classNames.length;
  const rows = new Float32Array(chosen.length * classes);
  for (const [row, index] of chosen.entries()) {
    rows.set(labels.subarray(index * classes, (index + 1) * classes), row * classes);
  }
  return rows;
}

/** Whether an image has one label of several classes, or any number of labels. */
export type LabelTask = 'single-label' | 'multi-label';

export const taskOf = ({ labels }: Pick<ImageDataset, 'labels'>): LabelTask =>
  labels instanceof Int32Array ? 'single-label' : 'multi-label';
