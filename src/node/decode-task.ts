// What a thread does with one image file: look at its size, or decode and resize it to a network's input. What is wrong with a
// file is part of the answer, and a file that is not the one that was listed is told apart from one that is bad.

import { createHash, webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { DeepOptions, FileNote } from '../data/deep-image.ts';
import { pixelSums } from '../data/pixel-sums.ts';
import { deepBytes, prepareDeep } from '../data/prepare-deep.ts';
import { type InputSize, prepareImage } from '../data/preprocess.ts';
import { DenseNetError } from '../runtime/errors.ts';
import { decodeFile, probePicture } from './decode-image.ts';
import { errnoOf, reason } from './file-errors.ts';

/** An image file as it was listed. */
export type ListedFile = { readonly path: string; readonly bytes: number; readonly mtimeMs: number };

/** Types and not interfaces: they are messages. Without `input`, only the size is wanted. */
export type DecodeTask = {
  readonly file: ListedFile;
  readonly input?: InputSize;
  readonly options: DeepOptions;
};

/** Bytes of the digest of an image's pixels: the first half of its SHA-256. */
export const DIGEST_BYTES = 16;

export type ImageProbe = { readonly height: number; readonly width: number; readonly channels: 1 | 3 };

export type DecodedFile = {
  /** [channels][height][width] */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly digest: Uint8Array;
  /** Per channel. */
  readonly sums: readonly number[];
  readonly squares: readonly number[];
  /** Of the file, upright. */
  readonly height: number;
  readonly width: number;
  readonly notes: readonly FileNote[];
};

export type DecodeOutcome =
  | { readonly kind: 'probe'; readonly probe: ImageProbe }
  | { readonly kind: 'image'; readonly image: DecodedFile }
  /** Not an image that can be used. */
  | { readonly kind: 'bad'; readonly problem: string }
  /** Another file than the one that was listed, or gone. */
  | { readonly kind: 'changed'; readonly problem: string };

export async function decodeTask({ file, input, options }: DecodeTask): Promise<DecodeOutcome> {
  const read = await readListed(file);
  if ('kind' in read) return read;
  try {
    if (!input) return { kind: 'probe', probe: await probePicture(read.bytes, CALLED, options) };
    const decoded = await decodeFile(read.bytes, CALLED, options);
    const { notes } = decoded;
    const image = 'deep' in decoded ? decoded.deep : decoded.image;
    // A data set's images are bytes: those of more bits are rounded to them once, after they are resized.
    const pixels = 'deep' in decoded ? deepBytes(prepareDeep(decoded.deep, input)) : prepareImage(decoded.image, input);
    const { sums, squares } = pixelSums(pixels, input.channels);
    const { height, width } = image;
    return { kind: 'image', image: { pixels, digest: digestOf(pixels), sums, squares, height, width, notes } };
  } catch (error) {
    if (!(error instanceof DenseNetError) || error.code === 'config') throw error;
    return { kind: 'bad', problem: error.message.replace(/^image: at byte (0: )?/, '') };
  }
}

/** What errors call the file: its name stands beside them. */
const CALLED = 'image';

export const digestOf = (pixels: Uint8Array): Uint8Array =>
  createHash('sha256').update(pixels).digest().subarray(0, DIGEST_BYTES);

/** The same by a thread of its own: a training reads thousands of images per second, and its steps go on meanwhile. */
export const digestAside = async (pixels: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await webcrypto.subtle.digest('SHA-256', pixels), 0, DIGEST_BYTES);

async function readListed(file: ListedFile): Promise<{ readonly bytes: Uint8Array } | DecodeOutcome> {
  try {
    const handle = await open(file.path);
    try {
      const { size, mtimeMs } = await handle.stat();
      if (size !== file.bytes || mtimeMs !== file.mtimeMs)
        return { kind: 'changed', problem: 'was changed while it was read' };
      if (size === 0) return { kind: 'bad', problem: 'is empty (0 bytes)' };
      const bytes = await handle.readFile();
      if (bytes.length !== size) return { kind: 'changed', problem: 'was changed while it was read' };
      return { bytes };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return { kind: 'changed', problem: 'is gone since the folder was listed' };
    return { kind: 'bad', problem: `cannot be read: ${reason(cause)}` };
  }
}
