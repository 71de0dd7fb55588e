// The container of a DICOM file (PS3.10) to its elements, by dicom-parser; deflated ones are inflated with a limit. Of what is in it,
// only the elements by which pixels are understood are ever read (header.ts): no name, number or date of a patient leaves this folder, and
// messages have tags and byte offsets, never what a file says.

import { type DataSet, parseDicom } from 'dicom-parser';
import { Inflate } from 'fflate';
import { DataError } from '../../runtime/errors.ts';
import { concatBytes } from '../bytes.ts';
import { isDicom, PREFIX_AT } from './is-dicom.ts';
import { type FrameCoding, transferSyntax } from './syntaxes.ts';

export interface DicomContainer {
  readonly data: DataSet;
  readonly coding: FrameCoding;
  /** Of the syntax, for messages. */
  readonly syntax: string;
  readonly bigEndian: boolean;
}

/** More is no picture. */
const MOST_BYTES = 2 ** 31 - 1;
/** Of a deflated file. */
const MOST_INFLATED = 2 ** 30;
const BIG_ENDIAN = '1.2.840.10008.1.2.2';

/** `(0028,0010)` for messages; dicom-parser calls it `x00280010`. */
export const tagName = (tag: string): string => `(${tag.slice(1, 5)},${tag.slice(5)})`;

/** @throws DataError for bytes that are no DICOM file, a damaged one, or one whose pixels are coded as is not read */
export function openContainer(bytes: Uint8Array, file: string): DicomContainer {
  const { data, uid } = parse(bytes, file);
  if (data.elements.x00041220)
    throw new DataError(file, 0, 'is a DICOMDIR, a list of other files: give those, or their folder');
  const syntax = transferSyntax(uid);
  const at = data.elements.x00020010?.dataOffset ?? 0;
  if (!syntax) throw new DataError(file, at, '(0002,0010): a transfer syntax that is not known');
  if (!syntax.coding)
    throw new DataError(
      file,
      at,
      `(0002,0010): its pixels are coded as ${syntax.name}, which is not read: save it uncompressed (dcmdjpeg, gdcmconv --raw)`,
    );
  return { data, coding: syntax.coding, syntax: syntax.name, bigEndian: uid === BIG_ENDIAN };
}

/** All elements, with the identifier of the transfer syntax. @throws DataError */
function parse(bytes: Uint8Array, file: string): { data: DataSet; uid: string } {
  if (!isDicom(bytes)) throw new DataError(file, PREFIX_AT, 'is no DICOM file: DICM is missing here');
  if (bytes.length > MOST_BYTES) throw new DataError(file, 0, `has ${bytes.length} bytes, more than are read (2 GB)`);
  let uid = '';
  try {
    // Copied where it is a Buffer of Node.js: dicom-parser slices some, which is another thing for a Buffer.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const options = { inflater: (packed: Uint8Array, position: number) => inflated(packed, position, file) };
    const data = parseDicom(plain, options);
    uid = data.string('x00020010') ?? '';
    return { data, uid };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(file, placeOf(cause), `its elements break off or are damaged${lastTag(cause)}`);
  }
}

/** What dicom-parser had read when it threw. */
function partOf(cause: unknown): DataSet | undefined {
  return typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'dataSet') : undefined;
}

function placeOf(cause: unknown): number {
  const ends = Object.values(partOf(cause)?.elements ?? {}).map(({ dataOffset, length }) => dataOffset + length);
  return ends.length > 0 ? Math.max(0, ...ends.filter(Number.isFinite)) : PREFIX_AT + 4;
}

function lastTag(cause: unknown): string {
  const tags = Object.keys(partOf(cause)?.elements ?? {}).sort();
  const last = tags.at(-1);
  return last === undefined ? '' : ` after ${tagName(last)}`;
}

/** The whole data set: what precedes `position` as it is, and the inflated rest. @throws DataError */
function inflated(packed: Uint8Array, position: number, file: string): Uint8Array {
  const parts: Uint8Array[] = [packed.subarray(0, position)];
  let length = position;
  const stream = new Inflate((chunk) => {
    length += chunk.length;
    if (length > MOST_INFLATED)
      throw new DataError(file, position, `inflates to more than ${MOST_INFLATED} bytes: that is no picture`);
    parts.push(chunk);
  });
  try {
    // In pieces, so that the limit is noticed before much is made.
    for (let at = position; at < packed.length; at += 65536)
      stream.push(packed.subarray(at, at + 65536), at + 65536 >= packed.length);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(file, position, 'its deflated elements are damaged');
  }
  return concatBytes(parts);
}

/** The files that a DICOMDIR names, each as the names of the folders on the way and its own; undefined for any other DICOM file. */
export function dicomdirFiles(bytes: Uint8Array, file: string): readonly (readonly string[])[] | undefined {
  const { data } = parse(bytes, file);
  const records = data.elements.x00041220;
  if (!records) return undefined;
  return (records.items ?? []).flatMap(({ dataSet }) => {
    const path = dataSet?.string('x00041500');
    if (path === undefined) return [];
    const parts = path.split('\\').map((part) => part.trim());
    // File identifiers have neither dots nor slashes (PS3.10, 8.2): one that leads elsewhere is not followed.
    return parts.every((part) => /^[\w-]{1,64}(\.[\w-]{1,64})*$/.test(part)) ? [parts] : [];
  });
}
