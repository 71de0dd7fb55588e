// The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, 2009; https://www.cs.toronto.edu/~kriz/cifar.html): records of
// a label, in CIFAR-100 a coarse and a fine one, and 3 x 32 x 32 bytes, plane after plane. Nothing else is in a file.

import { DataError } from '../runtime/errors.ts';
import type { DataFile, LabelledImages } from './idx.ts';

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

/** Told by its length, which also says which of the two it is. */
export function isCifar({ bytes }: DataFile): boolean {
  return bytes.length > 0 && (bytes.length % (PIXELS + 1) === 0 || bytes.length % (PIXELS + 2) === 0);
}

/**
 * The images of one or more files, one after another; of CIFAR-100 the fine labels, whose classes are named by number.
 * @throws DataError for a file of another length or of the other kind, and at a label that has no class
 */
export function readCifar(files: readonly DataFile[]): LabelledImages {
  const labelBytes = (files[0]?.bytes.length ?? 0) % (PIXELS + 1) === 0 ? 1 : 2;
  const record = PIXELS + labelBytes;
  const classNames: readonly string[] =
    labelBytes === 1 ? CIFAR10_CLASSES : Array.from({ length: 100 }, (_, label) => String(label));
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
