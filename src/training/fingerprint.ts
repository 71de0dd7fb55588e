// Which images a training has, as digests: a run goes on with the very same only.

import { sha256 as incremental } from '@noble/hashes/sha2.js';
import { type ImageDataset, isInMemory, pixelsInOrder } from '../data/dataset.ts';
import { hexadecimal, sha256 } from '../data/sha256.ts';
import type { DataFingerprint } from '../densenet/train/run-metadata.ts';

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
