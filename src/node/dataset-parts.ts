// The parts of an opened data set: images of decoded files or of arrays, with the digests that tell equal images, and which images
// a run was trained on.

import { createHash } from 'node:crypto';
import { type ImageDataset, type LabelTask, pixelsInOrder } from '../data/dataset.ts';
import { fileDataset } from '../data/file-set.ts';
import { imageBytes } from '../data/idx.ts';
import { type PixelSums, PixelTotals, pixelSums } from '../data/pixel-sums.ts';
import { PART_NAMES, type PartName } from '../data/split.ts';
import { asPredicted, type PartSizes } from '../data/train-resize.ts';
import type { DataFingerprint } from '../densenet/train/run-metadata.ts';
import { fingerprint } from '../training/fingerprint.ts';
import { digestOf } from './decode-task.ts';
import type { DecodedImages } from './decoded-images.ts';
import type { ImageFile } from './image-files.ts';

/** One part of a data set, with what its digests tell. */
export interface DatasetPart {
  /** Which part it is. */
  readonly part: PartName;
  /** Its images. */
  readonly images: ImageDataset;
  /** A digest of the pixels of each image: equal for equal images. */
  contents(): Promise<readonly string[]>;
  /** Sums of all pixels and of their squares, per channel: exact. */
  totals(): Promise<PixelSums>;
  /** Which images these are, as a run's state records it. */
  fingerprint(): Promise<DataFingerprint>;
}

/** The files of a data set, decoded. */
export interface DecodedSet {
  readonly decoded: DecodedImages;
  readonly files: readonly ImageFile[];
  readonly sizes: PartSizes;
  readonly classNames: readonly string[];
  readonly task: LabelTask;
}

/** The images of one part that could be decoded. */
export function filePart(part: PartName, { decoded, files, sizes, classNames, task }: DecodedSet): DatasetPart[] {
  const own: { readonly row: number; readonly file: ImageFile }[] = [];
  for (let row = 0; row < decoded.count; row++) {
    const file = files[decoded.table.row(row).file];
    if (file?.part === part) own.push({ row, file });
  }
  if (own.length === 0) return [];
  const rows = Uint32Array.from(own, ({ row }) => row);
  const { channels, height, width } = decoded;
  const at = (index: number) => rows[index] ?? 0;
  const known = decoded.partDigests(files)?.[PART_NAMES.indexOf(part)];
  const size = (index: number) => decoded.table.row(at(index));
  const whole = fileDataset(
    own.map(({ file }) => file),
    {
      channels,
      height,
      width,
      classNames,
      task,
      sha256: known,
      size,
      read: (indices, into) => decoded.read(Uint32Array.from(indices, at), into),
    },
  );
  const images = part === 'train' ? whole : asPredicted(whole, sizes, size);
  return [
    {
      part,
      images,
      contents: async () => Array.from(rows, (row) => hex(decoded.table.digest(row))),
      fingerprint: async () =>
        fingerprint(images === whole ? { ...images, sha256: known ?? (await decoded.digest(rows)) } : images),
      totals: async () => {
        const totals = new PixelTotals(channels);
        for (const row of rows) totals.add(decoded.table.row(row));
        return totals.total;
      },
    },
  ];
}

/**
 * Images in memory as a part.
 * @param whole what they are the middle of: equal images of two parts are equal there
 */
export function arrayPart(part: PartName, images: ImageDataset, whole = images): DatasetPart {
  const all = async (use: (image: Uint8Array) => void, of = images) => {
    for await (const pixels of everyImage(of)) use(pixels);
  };
  return {
    part,
    images,
    contents: async () => {
      const contents: string[] = [];
      await all((pixels) => contents.push(hex(digestOf(pixels))), whole);
      return contents;
    },
    fingerprint: async () => {
      const hash = createHash('sha256');
      await all((pixels) => hash.update(pixels));
      return fingerprint({ ...images, sha256: hash.digest('hex') });
    },
    totals: async () => {
      const totals = new PixelTotals(images.channels);
      await all((pixels) => totals.add(pixelSums(pixels, images.channels)));
      return totals.total;
    },
  };
}

/** Each image's pixels in turn; they are good until the next. */
async function* everyImage(images: ImageDataset): AsyncGenerator<Uint8Array> {
  const bytes = imageBytes(images);
  for await (const piece of pixelsInOrder(images)) {
    for (let at = 0; at < piece.length; at += bytes) yield piece.subarray(at, at + bytes);
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
