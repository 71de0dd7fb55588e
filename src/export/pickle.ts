// Python values as a pickle of protocol 2: the opcodes that PyTorch's `weights_only` unpickler takes, and no others. No memo:
// nothing is written twice. A tensor is a view of a whole storage, whose bytes lie beside the pickle (pth.ts).

import { concatBytes } from '../data/bytes.ts';
import { DTYPE_BYTES, type Dtype, type Tensor } from '../data/tensor.ts';
import { encodeUtf8 } from '../data/utf8.ts';
import { StateError } from '../runtime/errors.ts';

/** A value of Python's. Numbers are ints where they are whole, unless `float` says otherwise. */
export type PythonValue =
  | null
  | boolean
  | number
  | string
  | { readonly float: number }
  | { readonly tuple: readonly PythonValue[] }
  | { readonly tensor: Tensor }
  | readonly PythonValue[]
  | PythonDict;
/** Keys are strings, or ints. */
export type PythonDict = ReadonlyMap<string | number, PythonValue>;

/** PyTorch's storage of a type. */
const STORAGES: Readonly<Record<Dtype, string>> = {
  F64: 'DoubleStorage',
  I64: 'LongStorage',
  F32: 'FloatStorage',
  I32: 'IntStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

const OP = {
  PROTO: 0x80,
  STOP: 0x2e,
  MARK: 0x28,
  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  BININT: 0x4a,
  LONG1: 0x8a,
  BINFLOAT: 0x47,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPENDS: 0x65,
  EMPTY_DICT: 0x7d,
  SETITEMS: 0x75,
  EMPTY_TUPLE: 0x29,
  TUPLE: 0x74,
  GLOBAL: 0x63,
  REDUCE: 0x52,
  BINPERSID: 0x51,
} as const;

/** A pickle, and the storages that its tensors refer to: the bytes of key `i` are `storages[i]`, not copied. */
export interface Pickled {
  readonly pickle: Uint8Array<ArrayBuffer>;
  readonly storages: readonly Uint8Array[];
}

/** @throws StateError for a tensor whose bytes do not fit its shape */
export function pickled(value: PythonValue): Pickled {
  const writer = new PickleWriter();
  writer.value(value);
  return { pickle: writer.finish(), storages: writer.storages };
}

class PickleWriter {
  readonly storages: Uint8Array[] = [];
  private readonly parts: Uint8Array[] = [Uint8Array.of(OP.PROTO, 2)];

  finish(): Uint8Array<ArrayBuffer> {
    this.op(OP.STOP);
    return concatBytes(this.parts);
  }

  value(value: PythonValue): void {
    if (value === null) this.op(OP.NONE);
    else if (typeof value === 'boolean') this.op(value ? OP.NEWTRUE : OP.NEWFALSE);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.text(value);
    else if (value instanceof Map) this.dict(value);
    else if ('float' in value) this.float(value.float);
    else if ('tuple' in value) this.tuple(value.tuple);
    else if ('tensor' in value) this.tensor(value.tensor);
    else if (Array.isArray(value)) this.list(value);
  }

  private op(...bytes: number[]): void {
    this.parts.push(Uint8Array.from(bytes));
  }

  private number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.float(value);
    else if (value === (value | 0)) this.sized(OP.BININT, 4, (view) => view.setInt32(1, value, true));
    else {
      // Eight bytes of two's complement hold every integer that a number counts exactly.
      this.op(OP.LONG1, 8);
      this.parts.push(new Uint8Array(new BigInt64Array([BigInt(value)]).buffer));
    }
  }

  private float(value: number): void {
    this.sized(OP.BINFLOAT, 8, (view) => view.setFloat64(1, value, false));
  }

  private text(value: string): void {
    const bytes = encodeUtf8(value);
    this.sized(OP.BINUNICODE, 4, (view) => view.setUint32(1, bytes.length, true));
    this.parts.push(bytes);
  }

  private sized(op: number, bytes: number, write: (view: DataView) => void): void {
    const part = new Uint8Array(1 + bytes);
    part[0] = op;
    write(new DataView(part.buffer));
    this.parts.push(part);
  }

  private tuple(values: readonly PythonValue[]): void {
    this.op(OP.MARK);
    for (const value of values) this.value(value);
    this.op(OP.TUPLE);
  }

  private list(values: readonly PythonValue[]): void {
    this.op(OP.EMPTY_LIST, OP.MARK);
    for (const value of values) this.value(value);
    this.op(OP.APPENDS);
  }

  private dict(entries: PythonDict): void {
    this.op(OP.EMPTY_DICT, OP.MARK);
    for (const [key, value] of entries) {
      this.value(key);
      this.value(value);
    }
    this.op(OP.SETITEMS);
  }

  private global(module: string, name: string): void {
    this.op(OP.GLOBAL);
    this.parts.push(encodeUtf8(`${module}\n${name}\n`));
  }

  /** `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`. */
  private tensor({ dtype, shape, bytes }: Tensor): void {
    const count = shape.reduce((product, size) => product * size, 1);
    if (bytes.length !== count * DTYPE_BYTES[dtype])
      throw new StateError('tensor', `${dtype} [${shape}] does not have ${bytes.length} bytes`);
    this.global('torch._utils', '_rebuild_tensor_v2');
    this.op(OP.MARK);
    this.op(OP.MARK);
    this.text('storage');
    this.global('torch', STORAGES[dtype]);
    this.text(String(this.storages.length));
    this.text('cpu');
    this.number(count);
    this.op(OP.TUPLE, OP.BINPERSID);
    this.number(0);
    this.tuple(shape);
    this.tuple(contiguous(shape));
    this.op(OP.NEWFALSE);
    this.global('collections', 'OrderedDict');
    this.op(OP.EMPTY_TUPLE, OP.REDUCE, OP.TUPLE, OP.REDUCE);
    this.storages.push(bytes);
  }
}

/** Elements from one index of an axis to the next. */
const contiguous = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
