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
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const END_BYTES = 22;
/** What all that is unpacked of one file may be. */
export const MOST_INFLATED_BYTES = 1 << 30;
/** Deflate makes at most 1032 bytes of one (RFC 1951: a match of 258 bytes in two bits). */
export const MAX_RATIO = 1032;
/** What a size or an offset is where the real one stands in a Zip64 field. */
const ELSEWHERE = 0xffffffff;

/** @throws DataError where the bytes are not a whole archive, or one that is split or encrypted */
export function zipEntries(bytes: Uint8Array, file: string): readonly ZipEntry[] {
  const view = viewOf(bytes);
  const end = findEnd(view, file);
  if (view.getUint16(end + 4, true) !== 0) throw new DataError(file, end + 4, 'a split archive is not supported');
  const { count, size, start } = directoryPlace(view, end, file);
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
    const extraAt = at + 46 + (name ?? 0);
    entries.push({
      name: textOf(bytes.subarray(at + 46, extraAt)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...sizesOf(view, at, { start: extraAt, end: extraAt + (extra ?? 0), file }),
    });
    at = next;
  }
  return entries;
}

/** An entry's content, of a stored one a part of `bytes`. @throws DataError where it is damaged, or compressed by another method than deflate */
export function readZipEntry(bytes: Uint8Array, entry: ZipEntry, file: string): Uint8Array {
  const { name, at, method, size, compressedSize, crc } = entry;
  const called = `${file}: ${printableName(name)}`;
  const view = viewOf(bytes);
  const start = contentStart(view, at, called);
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

/** Where an entry's bytes begin, behind its local header. @throws DataError where there is none */
function contentStart(view: DataView, at: number, called: string): number {
  if (at + 30 > view.byteLength || view.getUint32(at, true) !== LOCAL)
    throw new DataError(called, at, 'is not where the directory says');
  return at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
}

/**
 * Two entries on the same bytes: no archive needs that, and with compression a small one becomes a huge one.
 * @throws DataError
 */
export function refuseOverlaps(bytes: Uint8Array, entries: readonly ZipEntry[], file: string): void {
  const view = viewOf(bytes);
  let end = 0;
  for (const { name, at, compressedSize } of entries.toSorted((a, b) => a.at - b.at)) {
    const called = `${file}: ${printableName(name)}`;
    if (at < end) throw new DataError(called, at, 'lies on the bytes of another entry');
    end = contentStart(view, at, called) + compressedSize;
  }
}

/** Reads entries as `readZipEntry` does, whose packed ones together may become so many bytes. @throws DataError beyond them, too */
export function zipReader(
  bytes: Uint8Array,
  file: string,
  most = MOST_INFLATED_BYTES,
): (entry: ZipEntry) => Uint8Array {
  let inflated = 0;
  return (entry) => {
    inflated += entry.method === 0 ? 0 : entry.size;
    if (inflated > most) throw new DataError(file, entry.at, `its compressed entries are more than ${most} bytes`);
    return readZipEntry(bytes, entry, file);
  };
}

interface DirectoryPlace {
  readonly count: number;
  readonly size: number;
  readonly start: number;
}

/** Where the directory lies: in an archive past 4 GB or 65,535 entries the Zip64 record before the end says it (APPNOTE 4.3.14). */
function directoryPlace(view: DataView, end: number, file: string): DirectoryPlace {
  const plain = {
    count: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    start: view.getUint32(end + 16, true),
  };
  if (plain.start !== ELSEWHERE && plain.size !== ELSEWHERE && plain.count !== 0xffff) return plain;
  const locator = end - 20;
  const isLocated = locator >= 0 && view.getUint32(locator, true) === END64_LOCATOR;
  const at = isLocated ? Number(view.getBigUint64(locator + 8, true)) : -1;
  if (at < 0 || at + 56 > locator || view.getUint32(at, true) !== END64) {
    // 65,535 entries are as many as a plain archive may have.
    if (plain.start !== ELSEWHERE && plain.size !== ELSEWHERE) return plain;
    throw new DataError(file, end, 'the Zip64 record of where its directory lies is missing; fetch it again');
  }
  const [count, size, start] = [32, 40, 48].map((field) => Number(view.getBigUint64(at + field, true)));
  return { count: count ?? 0, size: size ?? 0, start: start ?? 0 };
}

/** Sizes and place of an entry, which for those past 4 GB stand in the Zip64 extra field, in this order (APPNOTE 4.5.3). */
function sizesOf(
  view: DataView,
  at: number,
  extra: { readonly start: number; readonly end: number; readonly file: string },
): Pick<ZipEntry, 'size' | 'compressedSize' | 'at'> {
  let field = zip64Field(view, extra);
  const own = (offset: number): number => {
    const plain = view.getUint32(at + offset, true);
    if (plain !== ELSEWHERE) return plain;
    if (!field || field.start + 8 > field.end)
      throw new DataError(
        extra.file,
        at + offset,
        'an entry says that its size or place is in a Zip64 field, which is missing',
      );
    const value = Number(view.getBigUint64(field.start, true));
    field = { ...field, start: field.start + 8 };
    return value;
  };
  const size = own(24);
  const compressedSize = own(20);
  return { size, compressedSize, at: own(42) };
}

function zip64Field(view: DataView, { start, end }: { readonly start: number; readonly end: number }) {
  for (let at = start; at + 4 <= end; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) return { start: at + 4, end: Math.min(next, end) };
    at = next;
  }
  return undefined;
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
