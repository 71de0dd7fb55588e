// The bytes of an HDF5 file, read within bounds. A file may name one place of itself as often as it likes: what is read of it in
// all is limited, so that a small file cannot become an endless walk.

import { DataError } from '../../runtime/errors.ts';
import { MOST_INFLATED_BYTES } from '../unzip.ts';
import { decodeUtf8 } from '../utf8.ts';

/** Where something that is not there lies. */
export const UNDEFINED = -1;
const ALL_ONES = 0xffffffff;
/** Reads per byte of the file; a good file needs less than one. */
const READS_PER_BYTE = 2;
const LEAST_READS = 1 << 16;
/** Bytes of text that count as one read. */
const TEXT_BYTES = 16;

/** A file, and how much of it may still be read as structure. */
export class Hdf5Bytes {
  private readonly view: DataView;
  private left: number;
  private unclaimed: number;
  private inflatable = MOST_INFLATED_BYTES;

  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.left = Math.max(READS_PER_BYTE * bytes.length, LEAST_READS);
    this.unclaimed = bytes.length;
  }

  error(at: number, problem: string): DataError {
    return new DataError(this.file, Math.max(0, Math.min(at, this.bytes.length)), problem);
  }

  /** @throws DataError where `size` bytes do not lie there */
  private place(at: number, size: number, reads = 1): number {
    if (at < 0 || at + size > this.bytes.length)
      throw this.error(at, `truncated or damaged: refers to ${size} bytes past its end`);
    this.left -= reads;
    if (this.left < 0) throw this.error(at, 'damaged: its structures refer to one another without end');
    return at;
  }

  u8 = (at: number): number => this.view.getUint8(this.place(at, 1));
  u16 = (at: number): number => this.view.getUint16(this.place(at, 2), true);
  u32 = (at: number): number => this.view.getUint32(this.place(at, 4), true);

  /** A size. @throws DataError where it is not exact in a float64, which no file reaches */
  u64(at: number): number {
    const value = this.offset(at);
    if (value === UNDEFINED) throw this.error(at, 'damaged: a size past all files');
    return value;
  }

  /** An address; `UNDEFINED` where the file says that there is none. */
  offset(at: number): number {
    const [low, high] = [this.u32(at), this.u32(at + 4)];
    if (low === ALL_ONES && high === ALL_ONES) return UNDEFINED;
    if (high >= 1 << 20) throw this.error(at, 'damaged: an address past all files');
    return low + high * 2 ** 32;
  }

  /** A number of 1, 2, 4 or 8 bytes. */
  sized(at: number, size: number): number {
    if (size === 8) return this.u64(at);
    return size === 1 ? this.u8(at) : size === 2 ? this.u16(at) : this.u32(at);
  }

  take(at: number, size: number): Uint8Array {
    this.place(at, size);
    return this.bytes.subarray(at, at + size);
  }

  /** The numbers of a dataset: of a good file none are those of another. */
  claim(at: number, size: number): Uint8Array {
    this.unclaimed -= size;
    if (this.unclaimed < 0) throw this.error(at, 'damaged: its datasets lie on one another');
    return this.take(at, size);
  }

  /** @throws DataError where all that is unpacked would be more than any network has */
  claimInflated(at: number, size: number): void {
    this.inflatable -= size;
    if (this.inflatable < 0)
      throw this.error(at, `its packed numbers are more than ${MOST_INFLATED_BYTES} bytes: unpack it`);
  }

  /** UTF-8, up to a zero byte. */
  text(at: number, size: number): string {
    this.place(at, size, size / TEXT_BYTES);
    const bytes = this.take(at, size);
    const end = bytes.indexOf(0);
    const decoded = decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
    if ('text' in decoded) return decoded.text;
    throw this.error(at, 'damaged: a text that is not UTF-8');
  }

  /** @throws DataError where another structure lies there */
  signature(at: number, wanted: string): void {
    const found = String.fromCharCode(...this.take(at, wanted.length));
    if (found !== wanted) throw this.error(at, `damaged: no ${wanted} is where the file says`);
  }
}

export const padded = (size: number): number => 8 * Math.ceil(size / 8);
