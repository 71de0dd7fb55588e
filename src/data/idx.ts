// IDX, the format of MNIST and its family (http://yann.lecun.com/exdb/mnist): 0, 0, a type byte, the rank, the sizes
// as big-endian u32, then the values. Only unsigned bytes (type 0x08) are read, and the bytes are views of the file.
// A file is read whole or not at all: nothing may be missing at its end, and nothing may follow.

import { DataError } from '../runtime/errors.ts';
import { refuseOtherKind } from './file-kind.ts';

const UNSIGNED_BYTE = 0x08;
const MAX_RANK = 4;

/** A file's bytes, already inflated, and the name that errors use. */
export interface DataFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major, product of `shape` bytes; a view of the file. */
  readonly bytes: Uint8Array;
}

/** 8-bit images and what each one shows. */
export interface LabelledImages {
  /** Number of images. */
  readonly count: number;
  /** Of each image: 1, or 3 for RGB. */
  readonly channels: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /** [count][channels][height][width] */
  readonly pixels: Uint8Array;
  /** [count], each in [0, classNames.length) */
  readonly labels: Int32Array;
  /** By label. */
  readonly classNames: readonly string[];
}

export type Images = Omit<LabelledImages, 'labels' | 'classNames'>;

/** Bytes of one image: channels x height x width. */
export const imageBytes = ({ channels, height, width }: Omit<Images, 'count' | 'pixels'>) => channels * height * width;

/** @throws DataError where the file is not one whole IDX array of unsigned bytes with rank 1 to 4 */
export function readIdx(bytes: Uint8Array, file: string): IdxArray {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new DataError(file, 0, 'is still compressed with gzip; inflate it first');
  if (bytes.length < 4) throw new DataError(file, bytes.length, 'ends inside the first 4 bytes of an IDX file');
  const [zero0, zero1, type, rank = 0] = bytes;
  if (zero0 !== 0 || zero1 !== 0) refuseOtherKind(bytes, file, 'idx');
  if (zero0 !== 0 || zero1 !== 0) {
    throw new DataError(file, 0, `not an IDX file: it begins with ${hex(bytes.subarray(0, 4))}, not 00 00 08`);
  }
  if (type !== UNSIGNED_BYTE) {
    throw new DataError(file, 2, `element type ${hex(bytes.subarray(2, 3))} is not supported; only 08, unsigned bytes`);
  }
  if (rank < 1 || rank > MAX_RANK)
    throw new DataError(file, 3, `${rank} dimensions are not supported; only 1 to ${MAX_RANK}`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new DataError(file, bytes.length, `ends inside the sizes of ${rank} dimensions`);

  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, 1); // inexact only where it is far too large
  const present = bytes.length - start;
  if (expected > present) {
    throw new DataError(
      file,
      bytes.length,
      `truncated: ${shape.join(' x ')} needs ${expected} bytes of values, ${present} are there; fetch the file again`,
    );
  }
  if (expected < present) {
    throw new DataError(file, start + expected, `${present - expected} bytes follow the ${shape.join(' x ')} values`);
  }
  return { shape, bytes: bytes.subarray(start) };
}

/** Most channels of an image: grey, grey and alpha, RGB, RGBA. */
const MOST_CHANNELS = 4;

/**
 * Images of an IDX file, [N][H][W], [N][C][H][W] or [N][H][W][C]: channels come last where only the last axis can be theirs.
 * @throws DataError as readIdx, and where the file holds something else (labels, for one) or no pixels
 */
export function readImages({ name, bytes }: DataFile): Images {
  const { shape, bytes: pixels } = readIdx(bytes, name);
  const [count = 0, ...size] = shape;
  const [first = 0, , last = 0] = size;
  if (size.length === 3 && first > MOST_CHANNELS && last <= MOST_CHANNELS && pixels.length > 0) {
    const [height = 0, width = 0, channels = 0] = size;
    return { count, channels, height, width, pixels: channelsFirst(pixels, height * width, channels) };
  }
  const [channels = 0, height = 0, width = 0] = size.length === 2 ? [1, ...size] : size;
  if (size.length < 2) {
    const guess = size.length === 0 ? 'a file of labels' : 'a table';
    throw new DataError(name, 3, `${shape.length} dimensions: ${guess}; images have 3 or 4 dimensions`);
  }
  if (pixels.length === 0) throw new DataError(name, 4, `has no images: the sizes are ${shape.join(' x ')}`);
  return { count, channels, height, width, pixels };
}

/** [N][area][channels] -> [N][channels][area], as a network takes them. */
export function channelsFirst(pixels: Uint8Array, area: number, channels: number): Uint8Array {
  const planar = new Uint8Array(pixels.length);
  const image = area * channels;
  for (let start = 0; start < pixels.length; start += image) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = start + channel * area;
      for (let i = 0, at = start + channel; i < area; i++, at += channels) planar[plane + i] = pixels[at] ?? 0;
    }
  }
  return planar;
}

/** @throws DataError as readIdx, and where the file holds something else (images, for one) */
export function readLabels({ name, bytes }: DataFile): Uint8Array {
  const { shape, bytes: labels } = readIdx(bytes, name);
  if (shape.length !== 1) {
    throw new DataError(name, 3, `${shape.length} dimensions: a file of images; labels have 1 dimension`);
  }
  return labels;
}

/**
 * Images with their labels; `names` are the classes, by label. Left out, classes are named by number, and there is one more
 * than the largest label: IDX has no class names, and labels stay as they are (EMNIST's letters are 1 to 26, which makes 27
 * classes, as in torchvision).
 * @throws DataError as readImages and readLabels, where the two counts differ, and for a label out of range
 */
export function readLabelledImages(
  images: DataFile,
  labels: DataFile,
  { names: given }: { readonly names?: readonly string[] | undefined } = {},
): LabelledImages {
  const read = readImages(images);
  const classes = readLabels(labels);
  if (classes.length !== read.count) {
    throw new DataError(labels.name, 4, `${classes.length} labels for the ${read.count} images of ${images.name}`);
  }
  const names = given ?? numbers(classes.reduce((most, label) => Math.max(most, label), 0) + 1);
  const bad = classes.findIndex((label) => label >= names.length);
  if (bad >= 0) {
    const range = `the ${names.length} classes are 0 to ${names.length - 1}`;
    throw new DataError(labels.name, 8 + bad, `label ${classes[bad]} of image ${bad} is out of range: ${range}`);
  }
  return { ...read, labels: Int32Array.from(classes), classNames: names };
}

const numbers = (count: number) => Array.from({ length: count }, (_, label) => String(label));

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
