// Which images a training has, as digests: a run goes on with the very same only.

import { sha256 as incremental } from '@noble/hashes/sha2.js';
import { type ImageDataset, isInMemory, pixelsInOrder } from '../data/dataset.ts';
import type { DataFingerprint } from '../densenet/train/run-metadata.ts';

// Every host has it; that it is of the web's own library, the core's types do not know.
declare const crypto: {
  readonly subtle: { digest(name: 'SHA-256', bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> };
};

/** Which images a data set has: their size, and the SHA-256 of their pixels and labels. */
export async function fingerprint(dataset: ImageDataset): Promise<DataFingerprint> {
  const { count, channels, height, width, labels } = dataset;
  const ofLabels = await sha256(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
  return { count, channels, height, width, pixels: dataset.sha256 ?? (await pixelDigest(dataset)), labels: ofLabels };
}

async function pixelDigest(dataset: ImageDataset): Promise<string> {
  if (isInMemory(dataset)) return sha256(dataset.pixels);
  const hash = incremental.create();
  for await (const piece of pixelsInOrder(dataset)) hash.update(piece);
  return hexadecimal(hash.digest());
}

/**
 * In hexadecimal, by the web's own digest, which all hosts have, and which works beside the script: a hundred megabytes would stop
 * a worker for a second.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // The digest takes no shared memory, and no host gives any.
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return hexadecimal(new Uint8Array(digest));
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
