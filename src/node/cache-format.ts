// The file of a decoded data set: pixels of all images from byte 0, so that an image lies at its number times its bytes; a table
// with a row per image; a JSON text; and 64 bytes that say where these begin, with the SHA-256 of table and text. Each row has a
// digest of its image's pixels: what was damaged is found when it is read, and what was cut off at once.

import { createHash } from 'node:crypto';
import { parseJson } from '../data/json.ts';
import { list, number, type Output, object, parse, text, whole } from '../data/schema.ts';
import { DataError } from '../runtime/errors.ts';
import { DIGEST_BYTES } from './decode-task.ts';

const MAGIC = 'densenet-images1';
export const FOOTER_BYTES = 64;
/** Grows when anything that is stored changes its meaning. */
export const CACHE_VERSION = 2;
/** Digest, height, width, file; then sums and squares per channel. */
const HEAD_BYTES = DIGEST_BYTES + 16;
const rowBytes = (channels: number) => HEAD_BYTES + 16 * channels;

const SIDE = whole(1, 1e6);
const COUNT = whole(0, 2 ** 32);
const CACHE_FIELDS = {
  /** Of the files and of how they were decoded. */
  key: text(),
  count: COUNT,
  channels: whole(1, 3),
  height: SIDE,
  width: SIDE,
  /** Files that cannot be used: their numbers, and why. */
  problems: list(object({ file: COUNT, problem: text() })),
  /** What was noted of pictures, how often, and of which file first. */
  notes: list(object({ note: text(), count: number(), file: COUNT })),
  /** SHA-256 of the pixels of each part, by the digest of which image is in which. */
  parts: list(object({ assignment: text(), digests: list(text()) })),
  /** What was chosen, as sentences. */
  chosen: list(text()),
};
export type CacheInfo = Output<typeof CACHE_FIELDS>;

/** What is known of each image. */
export interface CacheRow {
  readonly digest: Uint8Array;
  /** Of the file. */
  readonly height: number;
  readonly width: number;
  /** Which of the listed files it is. */
  readonly file: number;
  readonly sums: readonly number[];
  readonly squares: readonly number[];
}

/** Rows by number; grows as images are decoded. */
export class CacheTable {
  private bytes: Uint8Array<ArrayBuffer>;
  private count = 0;

  constructor(
    private readonly channels: number,
    bytes?: Uint8Array,
  ) {
    this.bytes = bytes ? Uint8Array.from(bytes) : new Uint8Array(1024 * rowBytes(channels));
    if (bytes) this.count = bytes.length / rowBytes(channels);
  }

  get length(): number {
    return this.count;
  }

  /** The rows so far. */
  get used(): Uint8Array {
    return this.bytes.subarray(0, this.count * rowBytes(this.channels));
  }

  add({ digest, height, width, file, sums, squares }: CacheRow): void {
    const size = rowBytes(this.channels);
    const at = this.count++ * size;
    if (at + size > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(digest, at);
    const view = new DataView(this.bytes.buffer, at, size);
    for (const [i, value] of [height, width, file].entries()) view.setUint32(DIGEST_BYTES + 4 * i, value, true);
    for (let c = 0; c < this.channels; c++) {
      view.setFloat64(HEAD_BYTES + 16 * c, sums[c] ?? 0, true);
      view.setFloat64(HEAD_BYTES + 16 * c + 8, squares[c] ?? 0, true);
    }
  }

  row(index: number): CacheRow {
    const size = rowBytes(this.channels);
    const at = index * size;
    const view = new DataView(this.bytes.buffer, at, size);
    const channels = [...Array(this.channels).keys()];
    return {
      digest: this.bytes.subarray(at, at + DIGEST_BYTES),
      height: view.getUint32(DIGEST_BYTES, true),
      width: view.getUint32(DIGEST_BYTES + 4, true),
      file: view.getUint32(DIGEST_BYTES + 8, true),
      sums: channels.map((c) => view.getFloat64(HEAD_BYTES + 16 * c, true)),
      squares: channels.map((c) => view.getFloat64(HEAD_BYTES + 16 * c + 8, true)),
    };
  }

  digest(index: number): Uint8Array {
    return this.bytes.subarray(index * rowBytes(this.channels), index * rowBytes(this.channels) + DIGEST_BYTES);
  }
}

/** What follows the pixels. */
export function cacheTail(table: CacheTable, info: CacheInfo): Uint8Array {
  const rows = table.used;
  const meta = new TextEncoder().encode(JSON.stringify(info));
  const tail = new Uint8Array(rows.length + meta.length + FOOTER_BYTES);
  tail.set(rows);
  tail.set(meta, rows.length);
  const footer = tail.subarray(rows.length + meta.length);
  footer.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(footer.buffer, footer.byteOffset, footer.length);
  view.setBigUint64(16, BigInt(rows.length), true);
  view.setBigUint64(24, BigInt(meta.length), true);
  footer.set(createHash('sha256').update(rows).update(meta).digest(), 32);
  return tail;
}

/** How many bytes of a file's end are its tail, by its last 64. @throws DataError where they are not such an end */
export function tailBytes(footer: Uint8Array, file: string): number {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  if (footer.length !== FOOTER_BYTES || new TextDecoder('latin1').decode(footer.subarray(0, 16)) !== MAGIC) {
    throw new DataError(file, 0, 'is not a whole file of decoded images');
  }
  return Number(view.getBigUint64(16, true) + view.getBigUint64(24, true)) + FOOTER_BYTES;
}

/**
 * @param tail the last `tailBytes` of the file
 * @param size of the whole file
 * @param files how many were listed
 * @throws DataError where anything does not fit
 */
export function readCacheTail(
  tail: Uint8Array,
  size: number,
  files: number,
  file: string,
): { info: CacheInfo; table: CacheTable } {
  const footer = tail.subarray(Math.max(0, tail.length - FOOTER_BYTES));
  if (tailBytes(footer, file) !== tail.length || tail.length > size)
    throw new DataError(file, 0, 'has a tail of another length');
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  const tableBytes = Number(view.getBigUint64(16, true));
  const body = tail.subarray(0, tail.length - FOOTER_BYTES);
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(footer.subarray(32))) throw new DataError(file, 0, 'is damaged: its SHA-256 is another');
  const json = parseJson(new TextDecoder().decode(body.subarray(tableBytes)), file);
  const info = parse(object(CACHE_FIELDS), json, file);
  const { count, channels, height, width } = info;
  if (tableBytes !== count * rowBytes(channels) || size - tail.length !== count * channels * height * width) {
    throw new DataError(file, 0, `has another length than ${count} images need`);
  }
  const table = new CacheTable(channels, body.subarray(0, tableBytes));
  for (let index = 0, last = -1; index < count; index++) {
    const { file: own } = table.row(index);
    if (own <= last || own >= files) throw new DataError(file, 0, `has an image of file ${own}, of ${files}`);
    last = own;
  }
  return { info, table };
}
