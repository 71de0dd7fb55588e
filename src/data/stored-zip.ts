// Zip archives (PKWARE's APPNOTE 6.3, section 4.3) whose entries are stored as they are, each aligned to 64 bytes so that it can be
// mapped: what PyTorch's files and NumPy's .npz are. Without Zip64 and without times: the same content gives the same bytes.

import { ConfigError } from '../runtime/errors.ts';
import { concatBytes } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { encodeUtf8 } from './utf8.ts';

/** Zip's own limit. */
export const ZIP_BYTES = 2 ** 32 - 1;
const MOST_ENTRIES = 2 ** 16 - 1;

/** A file of an archive. */
export interface StoredEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where an entry's bytes begin, as PyTorch aligns them. */
const ALIGNMENT = 64;
const LOCAL_HEADER_BYTES = 30;
/** The extra field that pads a header: "FB" in ASCII, as PyTorch names it, and its length. */
const PADDING_ID = 0x4246;
const PADDING_HEADER_BYTES = 4;
/** 1 January 1980, zip's first day: no times, so that the same content gives the same bytes. */
const DATE = 0x21;

/**
 * A zip of these entries, each stored as it is.
 * @param instead what to do where they are too many or too large
 * @throws ConfigError for more than 4 GB or 65,535 entries
 */
export const writeStoredZip = (entries: readonly StoredEntry[], instead: string): Uint8Array<ArrayBuffer> =>
  concatBytes(storedZipParts(entries, instead));

/** The same in parts, the entries' bytes among them as they are: without a second copy of them. */
export function storedZipParts(entries: readonly StoredEntry[], instead: string): Uint8Array[] {
  if (entries.length > MOST_ENTRIES)
    throw new ConfigError('entries', entries.length, `are more than the ${MOST_ENTRIES} of a zip: ${instead}`);
  const content = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (content >= ZIP_BYTES) throw new ConfigError('bytes', content, `are more than the 4 GB of a zip: ${instead}`);
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const add = (part: Uint8Array) => {
    parts.push(part);
    at += part.length;
  };
  for (const { name, bytes } of entries) {
    const encoded = encodeUtf8(name);
    const bare = at + LOCAL_HEADER_BYTES + encoded.length + PADDING_HEADER_BYTES;
    const padding = -bare & (ALIGNMENT - 1);
    const fields = { crc: crc32(bytes), size: bytes.length, name: encoded };
    directory.push(directoryHeader(fields, at));
    add(localHeader(fields, padding));
    add(bytes);
  }
  const start = at;
  for (const header of directory) add(header);
  if (at >= ZIP_BYTES) throw new ConfigError('bytes', at, `are more than the 4 GB of a zip: ${instead}`);
  add(endOfDirectory(entries.length, start, at - start));
  return parts;
}

interface Fields {
  readonly crc: number;
  readonly size: number;
  readonly name: Uint8Array;
}

/** What both headers share, from "version needed" on: stored, no flags. */
function writeFields(view: DataView, at: number, { crc, size, name }: Fields, extra: number): void {
  view.setUint16(at, 10, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
  view.setUint16(at + 24, extra, true);
}

function localHeader(fields: Fields, padding: number): Uint8Array {
  const { name } = fields;
  const header = new Uint8Array(LOCAL_HEADER_BYTES + name.length + PADDING_HEADER_BYTES + padding);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x04034b50, true);
  writeFields(view, 4, fields, PADDING_HEADER_BYTES + padding);
  header.set(name, LOCAL_HEADER_BYTES);
  view.setUint16(LOCAL_HEADER_BYTES + name.length, PADDING_ID, true);
  view.setUint16(LOCAL_HEADER_BYTES + name.length + 2, padding, true);
  return header;
}

function directoryHeader(fields: Fields, offset: number): Uint8Array {
  const header = new Uint8Array(46 + fields.name.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 10, true);
  writeFields(view, 6, fields, 0);
  view.setUint32(42, offset, true);
  header.set(fields.name, 46);
  return header;
}

function endOfDirectory(entries: number, start: number, bytes: number): Uint8Array {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries, true);
  view.setUint16(10, entries, true);
  view.setUint32(12, bytes, true);
  view.setUint32(16, start, true);
  return end;
}
