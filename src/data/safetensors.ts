// safetensors: a little-endian u64 N, N bytes of JSON (name -> dtype, shape, byte range; "__metadata__" -> strings),
// then the elements, one after another without holes. What is read are views of the file: nothing is copied, and no size in
// an untrusted header is believed before the bytes are there.
// Written files depend on their content alone: the widest dtypes first, so that everything is aligned, then by name.

import { DataError, StateError } from '../runtime/errors.ts';
import { printableValue } from '../runtime/printable.ts';
import { concatBytes } from './bytes.ts';
import { checkDigest, putDigest, sha256Hex, withZeros } from './file-digest.ts';
import { refuseOtherKind } from './file-kind.ts';
import { FORBIDDEN_KEYS, isJsonObject, type JsonObjectValue, type ReadJson, readJson } from './json.ts';
import { DTYPE_BYTES, type Dtype, isDtype, type Tensor } from './tensor.ts';
import { decodeUtf8 } from './utf8.ts';

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Texts by key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes, which are views of the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Tensors of the format's other dtypes, whose elements are not read: an error names those that are needed. */
  readonly unsupported: ReadonlyMap<string, UnsupportedTensor>;
  /** Whether the file carries its own SHA-256, which matched; without one, damaged numbers go unnoticed. */
  readonly checked: boolean;
}

/** A tensor whose elements are not read. */
export interface UnsupportedTensor {
  /** By safetensors's name. */
  readonly dtype: string;
  /** Its sizes. */
  readonly shape: readonly number[];
}

/** Bits per element of the format's dtypes that `DTYPE_BYTES` does not have. */
const UNSUPPORTED_DTYPE_BITS: Readonly<Record<string, number>> = {
  I8: 8,
  I16: 16,
  U16: 16,
  U32: 32,
  U64: 64,
  C64: 64,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
};

const LENGTH_BYTES = 8;
/** The limit of the format's own reader: a larger header is an attack or a mistake. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';
/** Header, entry, shape: nothing in the format is nested deeper. */
const MAX_DEPTH = 16;

/**
 * @throws DataError (file, byte offset, problem) where the file breaks the format: a header that is truncated, too large or
 * not JSON as json.ts reads it (duplicate names, lone surrogates, deep nesting, sizes that are not written as whole numbers);
 * unknown dtypes; shapes that are invalid or do not fit their byte range; ranges that overlap, leave holes or are outside the
 * file; metadata that are not strings; a SHA-256 in them (file-digest.ts) that does not match
 */
export function readSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes, file);
  const source = { file, header, data: bytes.subarray(dataStart), dataStart };
  const ranges: Range[] = [];
  let metadata: Readonly<Record<string, string>> = Object.create(null);
  for (const [name, entry] of Object.entries(header.entries)) {
    if (name === METADATA) metadata = readMetadata(source, entry);
    else ranges.push(readRange(source, name, entry));
  }
  const sorted = ranges.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(source, sorted);
  const tensors = new Map<string, Tensor>();
  const unsupported = new Map<string, UnsupportedTensor>();
  for (const { name, dtype, shape, bytes } of sorted) {
    if (isDtype(dtype)) tensors.set(name, { dtype, shape, bytes });
    else unsupported.set(name, { dtype, shape });
  }
  const checked = checkDigest(bytes, dataStart, metadata, file);
  return { checked, metadata, tensors, unsupported };
}

interface Header extends ReadJson {
  readonly entries: JsonObjectValue;
}

interface Source {
  readonly file: string;
  readonly header: Header;
  readonly data: Uint8Array;
  readonly dataStart: number;
}

interface Range {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** An error at the place of `name` in the header. */
function fail(source: Source, name: string, problem: string): never {
  throw new DataError(source.file, LENGTH_BYTES + source.header.offset(name), `${printableValue(name)}: ${problem}`);
}

function readHeader(bytes: Uint8Array, file: string) {
  refuseOtherKind(bytes, file, 'safetensors');
  if (bytes.length < LENGTH_BYTES) {
    throw new DataError(file, bytes.length, 'ends inside the 8 bytes of the header length: not a safetensors file');
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    throw new DataError(file, 0, `a header of ${length} bytes is too large; at most ${MAX_HEADER_BYTES} are read`);
  }
  const dataStart = LENGTH_BYTES + length;
  if (dataStart > bytes.length) {
    throw new DataError(file, bytes.length, `truncated: the header is ${length} bytes, ${bytes.length - 8} are there`);
  }
  const decoded = decodeUtf8(bytes.subarray(LENGTH_BYTES, dataStart));
  if ('invalidAt' in decoded) throw new DataError(file, LENGTH_BYTES + decoded.invalidAt, 'the header is not UTF-8');
  return { header: parseHeader(decoded.text, file), dataStart };
}

function parseHeader(text: string, file: string): Header {
  if (text[0] !== '{') throw new DataError(file, LENGTH_BYTES, 'the header is not a JSON object');
  const header = readJson(text, file, {
    characters: MAX_HEADER_BYTES,
    depth: MAX_DEPTH,
    sizes: true,
    error: (at, problem, options) => new DataError(file, LENGTH_BYTES + at, `the header: ${problem}`, options),
  });
  if (!isJsonObject(header.value)) throw new DataError(file, LENGTH_BYTES, 'the header is not a JSON object');
  return { ...header, entries: header.value };
}

function readMetadata(source: Source, entry: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(entry)) fail(source, METADATA, 'not an object of strings');
  const metadata: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') fail(source, METADATA, `${printableValue(key)} is not a string`);
    metadata[key] = value;
  }
  return metadata;
}

function readRange(source: Source, name: string, entry: unknown): Range {
  if (!isJsonObject(entry)) fail(source, name, 'not an object with dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets } = entry;
  const bits = bitsOf(dtype);
  if (bits === undefined) {
    const known = [...Object.keys(DTYPE_BYTES), ...Object.keys(UNSUPPORTED_DTYPE_BITS)].join(', ');
    fail(source, name, `dtype ${excerpt(dtype)} is not one of ${known}`);
  }
  if (!isSizes(shape)) fail(source, name, `shape ${excerpt(shape)} is not a list of whole numbers, 0 or more`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    fail(source, name, `data_offsets ${excerpt(offsets)} are not two whole numbers, 0 or more`);
  }
  const [begin = 0, end = 0] = offsets;
  if (begin > end) fail(source, name, `data_offsets ${begin} to ${end} run backwards`);
  if (end > source.data.length) {
    fail(source, name, `ends at byte ${end} of the data, of which there are ${source.data.length}; truncated?`);
  }
  const neededBits = product(shape, bits);
  if (neededBits === undefined) fail(source, name, `shape ${excerpt(shape)} overflows`);
  if (neededBits % 8 !== 0)
    fail(source, name, `${dtype} ${excerpt(shape)} is ${neededBits} bits, which are not whole bytes`);
  const needed = neededBits / 8;
  if (needed !== end - begin) {
    fail(source, name, `${dtype} ${excerpt(shape)} needs ${needed} bytes, data_offsets give ${end - begin}`);
  }
  const bytes = new Uint8Array(source.data.buffer, source.data.byteOffset + begin, end - begin);
  return { name, begin, end, dtype: String(dtype), shape, bytes };
}

/** Every byte of the data must belong to exactly one tensor. */
function checkCoverage(source: Source, sorted: readonly Range[]): void {
  let covered = 0;
  for (const { name, begin, end } of sorted) {
    if (begin < covered) fail(source, name, `starts at byte ${begin} of the data, inside another tensor`);
    if (begin > covered)
      fail(source, name, `starts at byte ${begin} of the data, and bytes ${covered} to ${begin} belong to no tensor`);
    covered = end;
  }
  if (covered < source.data.length) {
    const extra = source.data.length - covered;
    throw new DataError(source.file, source.dataStart + covered, `${extra} bytes follow the last tensor`);
  }
}

/**
 * The file of these tensors: the same content gives the same bytes, in whatever order it was collected. Where the metadata
 * are to carry the file's SHA-256 (file-digest.ts), it is that of this file.
 * @throws StateError for a tensor whose bytes do not fit its dtype and shape, or whose name the format reserves
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  return concatBytes(safetensorsParts(tensors, metadata));
}

/** The same with zeros in place of its SHA-256, where that is computed elsewhere: see `putDigest`. @throws StateError */
export function undigestedSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  return concatBytes(undigestedParts(tensors, metadata));
}

/** The same file in parts, of which all but the first are the tensors' own bytes and not copies. @throws StateError */
export function safetensorsParts(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const parts = undigestedParts(tensors, metadata);
  const [head = new Uint8Array()] = parts;
  putDigest(head, () => sha256Hex(...parts));
  return parts;
}

function undigestedParts(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array[] {
  const sorted = [...tensors].toSorted(
    ([a, { dtype: aType }], [b, { dtype: bType }]) => DTYPE_BYTES[bType] - DTYPE_BYTES[aType] || (a < b ? -1 : 1),
  );
  let dataBytes = 0;
  const entries = sorted.map(([name, { dtype, shape, bytes }]) => {
    if (name === METADATA || FORBIDDEN_KEYS.includes(name) || !name.isWellFormed()) {
      throw new StateError(name, 'cannot be the name of a tensor');
    }
    const needed = isSizes(shape) ? byteLength(dtype, shape) : undefined;
    if (needed !== bytes.length) {
      throw new StateError(name, `${dtype} [${shape}] needs ${needed ?? 'no such'} bytes, ${bytes.length} are given`);
    }
    const begin = dataBytes;
    dataBytes += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, dataBytes] }] as const;
  });
  const sortedMetadata = Object.fromEntries(
    Object.entries(withZeros(metadata)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const header = asciiJson(new Map<string, unknown>([[METADATA, sortedMetadata], ...entries]));
  const padded = header.padEnd(header.length + (-header.length & 7));

  const head = new Uint8Array(LENGTH_BYTES + padded.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded.length), true);
  for (let i = 0; i < padded.length; i++) head[LENGTH_BYTES + i] = padded.charCodeAt(i);
  return [head, ...sorted.map(([, { bytes }]) => bytes)];
}

/** A JSON object with everything past ASCII escaped. Entry by entry: an object would move names like "1" to its front. */
function asciiJson(entries: ReadonlyMap<string, unknown>): string {
  const members = [...entries].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `{${members.join(',')}}`.replace(/[^\0-\x7f]/g, escaped);
}

/** Bits per element; undefined for a dtype that the format does not have. */
function bitsOf(dtype: unknown): number | undefined {
  if (isDtype(dtype)) return 8 * DTYPE_BYTES[dtype];
  return typeof dtype === 'string' && Object.hasOwn(UNSUPPORTED_DTYPE_BITS, dtype)
    ? UNSUPPORTED_DTYPE_BITS[dtype]
    : undefined;
}

const byteLength = (dtype: Dtype, shape: readonly number[]) => product(shape, DTYPE_BYTES[dtype]);

/** Of the sizes and `each`, or undefined where it exceeds the integers that a float64 counts exactly. */
function product(shape: readonly number[], each: number): number | undefined {
  let total = each;
  for (const size of shape) {
    total *= size;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total;
}

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));

/** A header's value as an error shows it: an untrusted value may be of any length. */
const excerpt = (value: unknown) => (JSON.stringify(value) ?? 'missing').slice(0, 80);
