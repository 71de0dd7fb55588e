// Data sets as several NumPy arrays in one zip (.npz): MedMNIST's (https://medmnist.com: train_images, train_labels, val_…,
// test_…) and Keras' (x_train, y_train, x_test, y_test). Images are [N][H][W] or [N][H][W][C] of bytes with 1 or 3 channels;
// labels are whole numbers, [N] or [N][1] for one class per image, [N][L] of 0 and 1 for several.

import { DataError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import type { AnyLabelledImages } from './dataset.ts';
import { fileKind, refuseOtherKind } from './file-kind.ts';
import { channelsFirst } from './idx.ts';
import { readNpy } from './npy.ts';
import { type Tensor, toInt32 } from './tensor.ts';
import { readZipEntry, zipEntries } from './unzip.ts';

/** The parts of a data set as a file brings them; what it does not have is left out. */
export interface DatasetParts<T> {
  readonly train: T;
  readonly validation?: T | undefined;
  readonly test?: T | undefined;
}

/** Names of the two arrays of each part: of images, of labels. */
const LAYOUTS = [
  {
    train: ['train_images', 'train_labels'],
    validation: ['val_images', 'val_labels'],
    test: ['test_images', 'test_labels'],
  },
  { train: ['x_train', 'y_train'], validation: ['x_val', 'y_val'], test: ['x_test', 'y_test'] },
] as const;

/**
 * The images and labels of each part. Classes are named by number unless `names` has them, by label.
 * @throws DataError where the file is no such archive, an array is missing, damaged or of another shape or type, and for a label
 * out of range
 */
export function readNpz(bytes: Uint8Array, file: string, names?: readonly string[]): DatasetParts<AnyLabelledImages> {
  if (fileKind(bytes) !== 'npz') refuseOtherKind(bytes, file, 'npz');
  const entries = new Map(zipEntries(bytes, file).map((entry) => [entry.name.replace(/\.npy$/, ''), entry]));
  const layout = LAYOUTS.find(({ train: [images] }) => entries.has(images));
  if (!layout) {
    const found = [...entries.keys()].slice(0, 8).map(printableName).join(', ');
    throw new DataError(
      file,
      0,
      `has no array train_images (MedMNIST) or x_train (Keras); its arrays are ${found || 'none'}`,
    );
  }
  const array = (name: string): Tensor => {
    const entry = entries.get(name);
    if (!entry) throw new DataError(file, 0, `has no array ${name}`);
    return readNpy(readZipEntry(bytes, entry, file), `${file}: ${name}`);
  };
  const part = ([images, labels]: readonly [string, string]) => ({
    images: readImageArray(array(images), `${file}: ${images}`),
    labels: readLabelArray(array(labels), `${file}: ${labels}`),
    called: `${file}: ${labels}`,
  });
  const has = ([images]: readonly [string, string]) => entries.has(images);
  const parts = {
    train: part(layout.train),
    validation: has(layout.validation) ? part(layout.validation) : undefined,
    test: has(layout.test) ? part(layout.test) : undefined,
  };
  const all = Object.values(parts).filter((one) => one !== undefined);
  const columns = parts.train.labels.columns;
  const most = all.reduce((sum, { labels }) => labels.values.reduce((a, b) => Math.max(a, b), sum), 0);
  const classes = columns > 1 ? columns : (names?.length ?? most + 1);
  if (classes > MOST_CLASSES)
    throw new DataError(file, 0, `label ${most}: more than the ${MOST_CLASSES} classes that there may be`);
  const classNames = names ?? Array.from({ length: classes }, (_, label) => String(label));
  if (columns > 1 && classNames.length !== columns) {
    throw new DataError(file, 0, `has ${columns} labels per image, but ${classNames.length} class names are given`);
  }
  const joined = (one: (typeof all)[number] | undefined) => one && join(one, parts.train, classNames);
  return {
    train: join(parts.train, parts.train, classNames),
    validation: joined(parts.validation),
    test: joined(parts.test),
  };
}

/** As a head of a network could still be trained. */
const MOST_CLASSES = 1_000_000;

interface Labels {
  /** [count][columns] */
  readonly values: Int32Array;
  readonly count: number;
  /** 1: one class per image. */
  readonly columns: number;
}

interface Part {
  readonly images: Pick<AnyLabelledImages, 'count' | 'channels' | 'height' | 'width' | 'pixels'>;
  readonly labels: Labels;
  /** What errors call the labels. */
  readonly called: string;
}

function join({ images, labels, called }: Part, first: Part, classNames: readonly string[]): AnyLabelledImages {
  const { count, channels, height, width } = images;
  if (labels.count !== count) throw new DataError(called, 0, `${labels.count} labels for ${count} images`);
  if (labels.columns !== first.labels.columns) {
    throw new DataError(
      called,
      0,
      `${labels.columns} labels per image, but the training images have ${first.labels.columns}`,
    );
  }
  if (channels !== first.images.channels || height !== first.images.height || width !== first.images.width) {
    const size = (of: Part['images']) => `${of.channels} x ${of.height} x ${of.width}`;
    throw new DataError(called, 0, `images of ${size(images)}, but the training images are ${size(first.images)}`);
  }
  const multi = labels.columns > 1;
  const most = multi ? 1 : classNames.length - 1;
  const bad = labels.values.findIndex((label) => label < 0 || label > most);
  if (bad >= 0) {
    const range = multi
      ? 'of several labels per image, each is 0 or 1'
      : `the ${classNames.length} classes are 0 to ${most}`;
    throw new DataError(
      called,
      0,
      `label ${labels.values[bad]} of image ${Math.floor(bad / labels.columns)} is out of range: ${range}`,
    );
  }
  return { ...images, classNames, labels: multi ? Float32Array.from(labels.values) : labels.values };
}

function readImageArray({ dtype, shape, bytes }: Tensor, called: string): Part['images'] {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const isImages = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3);
  if (dtype !== 'U8' || !isImages || bytes.length === 0) {
    const is = `${dtype} of shape [${shape.slice(0, 8).join(', ')}]`;
    throw new DataError(called, 0, `is ${is}; images are U8, [N, H, W] or [N, H, W, C] with 1 or 3 channels`);
  }
  return {
    count,
    channels,
    height,
    width,
    pixels: channels === 1 ? bytes : channelsFirst(bytes, height * width, channels),
  };
}

function readLabelArray(tensor: Tensor, called: string): Labels {
  const [count = 0, columns = 1] = tensor.shape;
  if (tensor.shape.length < 1 || tensor.shape.length > 2 || columns === 0) {
    throw new DataError(
      called,
      0,
      `has the shape [${tensor.shape.slice(0, 8).join(', ')}]; labels are [N], [N, 1] or [N, L]`,
    );
  }
  return { values: toInt32(tensor, called), count, columns };
}
