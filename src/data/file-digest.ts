// The SHA-256 of a safetensors file, kept in the file itself: metadata `file_sha256`, 64 lower-case hexadecimal digits, of
// the whole file with zeros in place of these 64 digits. It detects damage, not forgery. Beside it `file_sha256_rule` says so
// in words; it also tells a file whose digest key was damaged from one that never had a digest.

import { sha256 } from '@noble/hashes/sha2.js';
import { DataError } from '../runtime/errors.ts';
import { hexadecimal } from './sha256.ts';

const DIGEST = 'file_sha256';
const RULE = 'file_sha256_rule';
const DIGITS = 64;
const ZEROS = '0'.repeat(DIGITS);

/** Metadata of a file that is to carry its digest: `writeSafetensors` writes it in place of the zeros. */
export const WITH_DIGEST: Readonly<Record<string, string>> = {
  [DIGEST]: ZEROS,
  [RULE]: `SHA-256 of this file with the ${DIGITS} digits of ${DIGEST} as zeros`,
};

/** In hexadecimal, of the byte strings one after another. */
export function sha256Hex(...parts: readonly Uint8Array[]): string {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return hexadecimal(hash.digest());
}

/** Metadata as they are written: with zeros for a digest, which is another file's by now. */
export const withZeros = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  DIGEST in metadata || RULE in metadata ? { ...metadata, ...WITH_DIGEST } : metadata;

/** Writes `digest` over the zeros that `head`, the file's beginning with all of its header, has for it; if it has none, nothing. */
export function putDigest(head: Uint8Array, digest: () => string): void {
  // Inside a JSON string quotes are escaped, so that no other value looks like this.
  const key = bytesOf(`"${DIGEST}":"`);
  const at = find(head, bytesOf(`"${DIGEST}":"${ZEROS}"`), 0);
  if (at >= 0) head.set(bytesOf(digest()), at + key.length);
}

/**
 * Whether the file carries its digest. `dataStart` is where its header ends.
 * @throws DataError where the digest does not match the file
 */
export function checkDigest(
  bytes: Uint8Array,
  dataStart: number,
  metadata: Readonly<Record<string, string>>,
  file: string,
): boolean {
  const recorded = metadata[DIGEST];
  if (recorded === undefined && metadata[RULE] === undefined) return false;
  if (recorded === undefined || !/^[0-9a-f]{64}$/.test(recorded)) {
    throw new DataError(file, 0, `${DIGEST} is not a SHA-256: the file is damaged; fetch it again`);
  }
  const header = bytes.slice(0, dataStart);
  const digits = bytesOf(recorded);
  for (let at = find(header, digits, 0); at >= 0; at = find(header, digits, at + DIGITS)) {
    header.fill(0x30, at, at + DIGITS);
  }
  const found = sha256Hex(header, bytes.subarray(dataStart));
  if (found === recorded) return true;
  throw new DataError(file, 0, `damaged: its SHA-256 is ${found}, not ${recorded}; fetch it again`);
}

/** ASCII only. */
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const [first = 0] = wanted;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
