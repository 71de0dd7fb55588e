// Protocol buffers, read field by field: enough for a message whose numbers are known. Nothing is copied, and no length is
// believed before its bytes are there.

import { DataError } from '../../../runtime/errors.ts';

/** A field's number, and its value by how it is written. */
export type Field =
  | { readonly number: number; readonly kind: 'integer'; readonly value: number }
  | { readonly number: number; readonly kind: 'bytes'; readonly value: Uint8Array }
  /** Four or eight bytes. */
  | { readonly number: number; readonly kind: 'fixed'; readonly value: Uint8Array };

const MOST_VARINT_BYTES = 10;

/** The fields of a message in their order. @throws DataError where it is truncated or not a message */
export function* fields(bytes: Uint8Array, file: string): Generator<Field> {
  const reader = new Reader(bytes, file);
  while (!reader.done) {
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number < 1) throw reader.error('not a protocol buffer: a field without a number');
    if (wire === 0) yield { number, kind: 'integer', value: reader.varint() };
    else if (wire === 1) yield { number, kind: 'fixed', value: reader.take(8) };
    else if (wire === 2) yield { number, kind: 'bytes', value: reader.take(reader.varint()) };
    else if (wire === 5) yield { number, kind: 'fixed', value: reader.take(4) };
    else throw reader.error(`not a protocol buffer: a field of wire type ${wire}`);
  }
}

/** The numbers of a field that is repeated in one piece. @throws DataError */
export function packed(bytes: Uint8Array, file: string): number[] {
  const reader = new Reader(bytes, file);
  const values: number[] = [];
  while (!reader.done) values.push(reader.varint());
  return values;
}

class Reader {
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly file: string,
  ) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  error(problem: string): DataError {
    return new DataError(this.file, this.bytes.byteOffset + this.at, problem);
  }

  /** Beyond 2 ** 53, and below 0, not exact: no field that is read here has such a value. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MOST_VARINT_BYTES; i++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw this.error('truncated: ends inside a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw this.error('not a protocol buffer: a number of more than ten bytes');
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw this.error('truncated: a field goes beyond its message');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
