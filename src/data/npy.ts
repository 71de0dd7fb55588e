// NumPy's array files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): "\x93NUMPY", a version, the
// length of a header, the header: a Python dictionary with `descr`, `fortran_order` and `shape`, then the elements. The
// dictionary is parsed, as `ast.literal_eval` does, for its three kinds of value.

import { ConfigError, DataError } from '../runtime/errors.ts';
import { printableValue } from '../runtime/printable.ts';
import { concatBytes } from './bytes.ts';
import { refuseOtherKind } from './file-kind.ts';
import type { Dtype, Tensor } from './tensor.ts';
import { DTYPE_BYTES } from './tensor.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy's names of the types that are read: kind and bytes, ahead of which files have the byte order. */
export const NUMPY_DTYPES: Readonly<Record<string, Dtype>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  u1: 'U8',
  b1: 'BOOL',
};
/** NumPy's own limit for untrusted headers. */
const MAX_HEADER_BYTES = 10_000;
/** The most axes that an array has: NumPy's own limit. */
export const NUMPY_MAX_RANK = 64;

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/**
 * An array of numbers, in the byte order of a Tensor; big-endian ones are copied.
 * @throws DataError where the bytes are not such a file, or hold elements of another type or in Fortran order
 */
export function readNpy(bytes: Uint8Array, file: string): Tensor {
  refuseOtherKind(bytes, file, 'array');
  if (!isNpy(bytes) || bytes.length < 12) throw new DataError(file, 0, 'is not a NumPy array file (.npy)');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) {
    throw new DataError(file, 6, `version ${major}.${minor} of NumPy's format is not supported; only 1.0, 2.0 and 3.0`);
  }
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const end = start + length;
  if (end > bytes.length) throw new DataError(file, bytes.length, 'truncated: ends inside its header');
  if (length > MAX_HEADER_BYTES)
    throw new DataError(file, 8, `a header of ${length} bytes; at most ${MAX_HEADER_BYTES}`);
  const { descr, fortranOrder, shape } = readHeader(
    headerText(bytes.subarray(start, end), major, file, start),
    file,
    start,
  );
  const [, order = '', kind = ''] = /^([<>|=])(\w+)$/.exec(descr) ?? [];
  const dtype = Object.hasOwn(NUMPY_DTYPES, kind) ? NUMPY_DTYPES[kind] : undefined;
  if (dtype === undefined || (order === '|' && DTYPE_BYTES[dtype] > 1)) {
    const known = Object.keys(NUMPY_DTYPES).join(', ');
    throw new DataError(file, start, `dtype ${printableValue(descr)} is not supported; only ${known}, < or >`);
  }
  // A single axis is in both orders.
  if (fortranOrder && shape.filter((size) => size !== 1).length > 1) {
    throw new DataError(
      file,
      start,
      'is in Fortran order (fortran_order: True), which is not supported; save numpy.ascontiguousarray(array)',
    );
  }
  const needed = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (needed !== bytes.length - end) {
    const described = `${descr} (${shape.slice(0, 16).join(', ')}${shape.length > 16 ? ', …' : ''})`;
    throw new DataError(file, end, `${described} needs ${needed} bytes, ${bytes.length - end} are there`);
  }
  const data = bytes.subarray(end);
  return { dtype, shape, bytes: order === '>' ? swapped(data, DTYPE_BYTES[dtype]) : data };
}

/** An array as NumPy's version 1.0 has it. */
export function writeNpy({ dtype, shape, bytes }: Tensor): Uint8Array<ArrayBuffer> {
  const kind = Object.keys(NUMPY_DTYPES).find((name) => NUMPY_DTYPES[name] === dtype);
  if (kind === undefined) throw new ConfigError('dtype', dtype, 'is no type of NumPy: write float32');
  const order = DTYPE_BYTES[dtype] === 1 ? '|' : '<';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The elements begin at a multiple of 64 bytes, behind a line's end.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const start = Uint8Array.of(...MAGIC, 1, 0, length & 0xff, length >> 8);
  return concatBytes([start, encodeUtf8(`${text.padEnd(length - 1)}\n`), bytes]);
}

/** Latin-1 before version 3, UTF-8 since. */
function headerText(bytes: Uint8Array, major: number, file: string, start: number): string {
  if (major < 3) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const decoded = decodeUtf8(bytes);
  if ('text' in decoded) return decoded.text;
  throw new DataError(file, start + decoded.invalidAt, 'the header is not UTF-8');
}

interface NpyHeader {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Literal = string | boolean | readonly number[];

/** A dictionary of exactly the three keys, each once. */
function readHeader(text: string, file: string, start: number): NpyHeader {
  const reader = new LiteralReader(text, (at, problem) => new DataError(file, start + at, `the header: ${problem}`));
  const entries = reader.dictionary();
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key));
  if (typeof descr !== 'string') throw reader.error('descr is not a single type: structured arrays are not supported');
  if (typeof fortranOrder !== 'boolean') throw reader.error('fortran_order is not True or False');
  if (!Array.isArray(shape)) throw reader.error('shape is not a tuple of whole numbers');
  if (entries.size > 3) throw reader.error('has other keys than descr, fortran_order and shape');
  if (shape.length > NUMPY_MAX_RANK) throw reader.error(`has ${shape.length} dimensions; at most ${NUMPY_MAX_RANK}`);
  return { descr, fortranOrder, shape };
}

/** The Python literals of such a header, and no others. */
class LiteralReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly errorAt: (at: number, problem: string) => DataError,
  ) {}

  error(problem: string): DataError {
    return this.errorAt(Math.min(this.at, this.text.length), problem);
  }

  dictionary(): ReadonlyMap<string, Literal> {
    const entries = new Map<string, Literal>();
    this.expect('{');
    while (!this.take('}')) {
      const key = this.string();
      if (entries.has(key)) throw this.error(`duplicate key ${printableValue(key)}`);
      this.expect(':');
      entries.set(key, this.value());
      if (!this.take(',')) {
        this.expect('}');
        break;
      }
    }
    this.space();
    if (this.at < this.text.length) throw this.error('something follows the dictionary');
    return entries;
  }

  private value(): Literal {
    this.space();
    if (this.text[this.at] === '(') return this.tuple();
    if (this.word('True')) return true;
    if (this.word('False')) return false;
    return this.string();
  }

  /** `()`, `(3,)`, `(3, 4)`, `(3L, 4L)`; `(3)` is not a tuple in Python. */
  private tuple(): readonly number[] {
    const sizes: number[] = [];
    let commas = 0;
    this.expect('(');
    while (!this.take(')')) {
      sizes.push(this.size());
      if (this.take(',')) commas++;
      else {
        this.expect(')');
        break;
      }
    }
    if (sizes.length === 1 && commas === 0) throw this.error('a shape with one axis ends in a comma: (3,)');
    return sizes;
  }

  private size(): number {
    this.space();
    const [digits = '', number = ''] = /^(0+|[1-9]\d{0,18})L?/.exec(this.text.slice(this.at, this.at + 24)) ?? [];
    const size = Number(number);
    if (digits === '' || /^[\w.]/.test(this.text[this.at + digits.length] ?? '')) {
      throw this.error('a size is not a whole number, 0 or more');
    }
    if (!Number.isSafeInteger(size)) throw this.error(`a size of ${number} is too large`);
    this.at += digits.length;
    return size;
  }

  private string(): string {
    this.space();
    const quote = this.text[this.at];
    const end = quote === "'" || quote === '"' ? this.text.indexOf(quote, this.at + 1) : -1;
    const content = this.text.slice(this.at + 1, end);
    if (end < 0 || /[\\\n]/.test(content)) throw this.error('a quoted text is missing, or has an escape');
    this.at = end + 1;
    return content;
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at) || /\w/.test(this.text[this.at + word.length] ?? '')) return false;
    this.at += word.length;
    return true;
  }

  private take(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private expect(character: string): void {
    if (!this.take(character)) throw this.error(`${character} is missing`);
  }

  private space(): void {
    while (/[ \t\r\n\f]/.test(this.text[this.at] ?? '')) this.at++;
  }
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += size)
    for (let b = 0; b < size; b++) copy[i + b] = bytes[i + size - 1 - b] ?? 0;
  return copy;
}
