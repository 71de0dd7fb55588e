// Data sets as several NumPy arrays in one zip (.npz): MedMNIST's (https://medmnist.com: train_images, train_labels, val_…,
// test_…) and Keras' (x_train, y_train, x_test, y_test). Images are [N][H][W] or [N][H][W][C] of bytes with 1 or 3 channels;
// labels are whole numbers, [N] or [N][1] for one class per image, [N][L] of 0 and 1 for several. What is written here has
// MedMNIST's layout, and class_names.txt besides: a name per line.

import { ConfigError, DataError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { type AnyLabelledImages, type ImageDataset, pixelsInOrder } from './dataset.ts';
import { fileKind, refuseOtherKind } from './file-kind.ts';
import { channelsFirst } from './idx.ts';
import { readNpy, writeNpy } from './npy.ts';
import { type StoredEntry, writeStoredZip } from './stored-zip.ts';
import { int32Tensor, type Tensor, toInt32 } from './tensor.ts';
import { readTextFile } from './text-file.ts';
import { readZipEntry, zipEntries } from './unzip.ts';
import { encodeUtf8 } from './utf8.ts';

/** The parts of a data set as a file brings them; what it does not have is left out. */
export interface DatasetParts<T> {
  readonly train: T;
  readonly validation?: T | undefined;
  readonly test?: T | undefined;
}

/** A text beside the arrays, which NumPy gives as bytes. */
const CLASS_NAMES = 'class_names.txt';

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
 * The images and labels of each part. Classes are named by number unless `names` has them, by label, or the file does.
 * @throws DataError where the file is no such archive, an array is missing, damaged or of another shape or type, and for a label
 * out of range
 */
export function readNpz(bytes: Uint8Array, file: string, given?: readonly string[]): DatasetParts<AnyLabelledImages> {
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
  const own = entries.get(CLASS_NAMES);
  const names =
    given ?? (own && readTextFile(readZipEntry(bytes, own, file), `${file}: ${CLASS_NAMES}`).text.split('\n'));
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

/** Bytes that a file may have to be read here: what a typed array holds on every host. */
const MOST_BYTES = 2 ** 31 - 1;
const INSTEAD = 'choose a smaller size, or fewer images';

/**
 * A data set as one file in MedMNIST's layout, uncompressed: images [N][H][W][C] (of one channel [N][H][W]) and labels [N][1], or
 * [N][L] of 0 and 1. `readNpz` gives the same back.
 * @throws ConfigError for more than 2 GB, missing labels and class names that are no lines; what the data set's `read` throws
 */
export async function writeNpz(parts: DatasetParts<ImageDataset>): Promise<Uint8Array<ArrayBuffer>> {
  const { classNames } = parts.train;
  const bad = classNames.find((name) => /[\r\n]/.test(name));
  if (bad !== undefined) throw new ConfigError('classNames', bad, 'has a line break, and names are written as lines');
  const sets = PARTS.flatMap((part) => (parts[part] ? [[part, parts[part]] as const] : []));
  const total = sets.reduce(
    (sum, [, { count, channels, height, width }]) => sum + count * channels * height * width,
    0,
  );
  if (total > MOST_BYTES) throw new ConfigError('images', total, `bytes are more than the 2 GB of a file: ${INSTEAD}`);
  const entries: StoredEntry[] = [{ name: CLASS_NAMES, bytes: encodeUtf8(classNames.join('\n')) }];
  for (const [part, dataset] of sets) {
    const [images, labels] = LAYOUTS[0][part];
    entries.push(
      { name: `${images}.npy`, bytes: writeNpy(await imageArray(dataset)) },
      { name: `${labels}.npy`, bytes: writeNpy(labelArray(dataset)) },
    );
  }
  return writeStoredZip(entries, INSTEAD);
}

const PARTS = ['train', 'validation', 'test'] as const;

async function imageArray(dataset: ImageDataset): Promise<Tensor> {
  const { count, channels, height, width } = dataset;
  const area = height * width;
  const bytes = new Uint8Array(count * channels * area);
  let at = 0;
  for await (const piece of pixelsInOrder(dataset)) {
    bytes.set(channels === 1 ? piece : channelsLast(piece, area, channels), at);
    at += piece.length;
  }
  return { dtype: 'U8', shape: [count, height, width, ...(channels === 1 ? [] : [channels])], bytes };
}

function labelArray({ count, labels, classNames }: ImageDataset): Tensor {
  if (labels instanceof Int32Array) {
    return classNames.length > 256
      ? int32Tensor([count, 1], labels)
      : { dtype: 'U8', shape: [count, 1], bytes: Uint8Array.from(labels) };
  }
  if (classNames.length === 1)
    throw new ConfigError(
      'labels',
      classNames[0],
      'is a single label that may apply or not: in .npz it would be a class',
    );
  if (labels.some(Number.isNaN))
    throw new ConfigError('labels', Number.NaN, 'is a missing label, which .npz has no value for: fill it in');
  return { dtype: 'U8', shape: [count, classNames.length], bytes: Uint8Array.from(labels) };
}

/** [N][C][area] as [N][area][C]. */
function channelsLast(pixels: Uint8Array, area: number, channels: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const bytes = area * channels;
  for (let start = 0; start < pixels.length; start += bytes)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < area; p++) out[start + p * channels + c] = pixels[start + c * area + p] ?? 0;
  return out;
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
