// Zip archives (PKWARE's APPNOTE 6.3): the directory at the end, then an entry at a time, stored or deflated. Every entry is held
// to its size and its CRC-32, and no memory is taken on the word of a header that its bytes cannot bear out.

import { inflateSync } from 'fflate';
import { DataError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { crc32 } from './crc32.ts';
import { decodeUtf8 } from './utf8.ts';

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Of its content, in bytes. */
  readonly size: number;
  readonly compressedSize: number;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly crc: number;
  /** Where its local header begins. */
  readonly at: number;
}

const LOCAL = 0x04034b50;
const DIRECTORY = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
/** Deflate makes at most 1032 bytes of one (RFC 1951: a match of 258 bytes in two bits). */
const MAX_RATIO = 1032;
/** What a size or an offset is where the real one stands in a Zip64 field. */
const ELSEWHERE = 0xffffffff;

/** @throws DataError where the bytes are not a whole archive, or one that is split, encrypted or larger than 4 GB */
export function zipEntries(bytes: Uint8Array, file: string): readonly ZipEntry[] {
  const view = viewOf(bytes);
  const end = findEnd(view, file);
  const [count, size, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  if (view.getUint16(end + 4, true) !== 0) throw new DataError(file, end + 4, 'a split archive is not supported');
  if (start === ELSEWHERE || count === 0xffff) throw new DataError(file, end, 'Zip64 archives are not supported');
  if (start + size > end)
    throw new DataError(file, end + 16, "the archive's directory lies outside of the file: truncated?");
  const entries: ZipEntry[] = [];
  for (let at = start; entries.length < count; ) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY) {
      throw new DataError(file, at, `the archive's directory ends after ${entries.length} of ${count} entries`);
    }
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
    if (next > end) throw new DataError(file, at + 28, "a name is longer than the archive's directory");
    if ((view.getUint16(at + 8, true) & 1) !== 0)
      throw new DataError(file, at + 8, 'an encrypted archive is not supported');
    entries.push({
      name: textOf(bytes.subarray(at + 46, at + 46 + (name ?? 0))),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at = next;
  }
  return entries;
}

/** An entry's content. @throws DataError where it is damaged, or compressed by another method than deflate */
export function readZipEntry(bytes: Uint8Array, entry: ZipEntry, file: string): Uint8Array {
  const { name, at, method, size, compressedSize, crc } = entry;
  const called = `${file}: ${printableName(name)}`;
  const view = viewOf(bytes);
  if ([at, size, compressedSize].includes(ELSEWHERE))
    throw new DataError(called, at, 'Zip64 entries are not supported');
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL) {
    throw new DataError(called, at, 'is not where the directory says');
  }
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + compressedSize > bytes.length)
    throw new DataError(called, start, 'truncated: its bytes go beyond the file');
  const packed = bytes.subarray(start, start + compressedSize);
  if (method !== 0 && method !== 8) {
    throw new DataError(
      called,
      at + 8,
      `compression method ${method} is not supported; only 0 (stored) and 8 (deflate)`,
    );
  }
  if (method === 0 ? size !== compressedSize : size > MAX_RATIO * compressedSize) {
    throw new DataError(called, at, `${compressedSize} bytes cannot hold the ${size} that it claims`);
  }
  const content = method === 0 ? packed : inflated(packed, size, called, start);
  if (content.length !== size || crc32(content) !== crc) {
    throw new DataError(called, start, 'damaged: its size or CRC-32 is not what the directory says; fetch it again');
  }
  return content;
}

function inflated(packed: Uint8Array, size: number, called: string, at: number): Uint8Array {
  try {
    return inflateSync(packed, { out: new Uint8Array(size) });
  } catch (cause) {
    throw new DataError(called, at, 'damaged: its deflate stream breaks off or is none; fetch it again', { cause });
  }
}

/** The end record stands before a comment of at most 65,535 bytes. */
function findEnd(view: DataView, file: string): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  }
  throw new DataError(file, view.byteLength, 'is not a whole zip archive: its end is missing; fetch it again');
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** UTF-8; what is none is Latin-1, which has every byte. */
function textOf(bytes: Uint8Array): string {
  const decoded = decodeUtf8(bytes);
  return 'text' in decoded ? decoded.text : Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
