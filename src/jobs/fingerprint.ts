// Which images a training has: their size and the SHA-256 of their bytes, by the web's own digest, which all hosts have, and
// which works beside the script: a hundred megabytes would stop a worker for a second.

import { putDigest } from '../data/file-digest.ts';
import type { LabelledImages } from '../data/idx.ts';
import type { DataFingerprint } from '../densenet/train/run-metadata.ts';

export async function fingerprint(images: LabelledImages): Promise<DataFingerprint> {
  const { count, channels, height, width, pixels } = images;
  const labels = new Uint8Array(images.labels.buffer, images.labels.byteOffset, images.labels.byteLength);
  const [ofPixels, ofLabels] = await Promise.all([sha256(pixels), sha256(labels)]);
  return { count, channels, height, width, pixels: ofPixels, labels: ofLabels };
}

/** In hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // The digest takes no shared memory, and no host gives any.
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Puts its SHA-256 into a file that was written with zeros for it. */
export async function digested(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const digest = await sha256(file);
  putDigest(file, () => digest);
  return file;
}
