// NumPy's arrays and numbers inside a pickle: best accuracies beside a state dict, weights that were converted to arrays.

import { NUMPY_DTYPES, NUMPY_MAX_RANK } from '../../../data/npy.ts';
import { DTYPE_BYTES, type Dtype } from '../../../data/tensor.ts';
import { asSequence, type Call, callName, structured, type TensorView, type Value } from './values.ts';

const RECONSTRUCT = /^numpy\._?core\.multiarray\._reconstruct$/;
const SCALAR = /^numpy\._?core\.multiarray\.scalar$/;

const STORAGES: Readonly<Record<Dtype, string>> = {
  F64: 'DoubleStorage',
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
  I32: 'IntStorage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

/** `numpy.dtype('f4')`, little-endian; undefined for any other. */
function dtypeIn(value: Value | undefined): Dtype | undefined {
  const found = structured(value);
  if (found?.kind !== 'call' || callName(found) !== 'numpy.dtype') return undefined;
  const [name] = found.args;
  const [, order] = asSequence(found.state)?.items ?? [];
  return typeof name === 'string' && order !== '>' ? NUMPY_DTYPES[name] : undefined;
}

/**
 * Bytes, also as `_codecs.encode(text, 'latin1')`, which Python writes where a protocol has no bytes.
 * @param most texts that are longer are not read
 */
function bytesIn(value: Value | undefined, most: number): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const found = structured(value);
  if (found?.kind !== 'call' || callName(found) !== '_codecs.encode') return undefined;
  const [text, encoding] = found.args;
  if (typeof text !== 'string' || encoding !== 'latin1' || text.length > most) return undefined;
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** An array as a tensor on a storage of its own, whose bytes it brings along. */
export interface NumpyArray {
  readonly view: TensorView;
  readonly bytes: Uint8Array;
}

/** Whether a value is an array of NumPy's, of whatever type. */
export const isNumpyArray = (value: Value): value is Call => RECONSTRUCT.test(callName(value));

/** What an error calls the type of an array that is not read. */
export function numpyTypeName(value: Call): string {
  const [, , type] = asSequence(value.state)?.items ?? [];
  const found = structured(type);
  const [name] = found?.kind === 'call' ? found.args : [];
  return `NumPy ${typeof name === 'string' ? name.slice(0, 20) : 'unknown'}`;
}

/**
 * @param key what to call its storage
 * @param most bytes of an array that is written as text
 * @returns undefined for a type that is not read, big-endian numbers, and an array without its numbers
 */
export function numpyArray(value: Call, key: string, most: number): NumpyArray | undefined {
  const [, size, type, fortran, data] = asSequence(value.state)?.items ?? [];
  const dtype = dtypeIn(type);
  const shape = asSequence(size)?.items ?? [];
  const bytes = bytesIn(data, most);
  const isShape = (items: readonly Value[]): items is number[] =>
    items.length <= NUMPY_MAX_RANK && items.every((n) => Number.isSafeInteger(n) && Number(n) >= 0);
  if (!dtype || !bytes || !isShape(shape)) return undefined;
  const elements = Math.floor(bytes.length / DTYPE_BYTES[dtype]);
  const storage = { kind: 'storage', type: STORAGES[dtype], key, elements, offset: 0, length: elements } as const;
  const strides = fortran === true ? stridesOf(shape) : stridesOf(shape.toReversed()).reverse();
  return { bytes, view: { kind: 'tensor', storage, dtype: undefined, offset: 0, shape: shape.slice(), strides } };
}

/** With the first axis the fastest. */
function stridesOf(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((size) => {
    const own = stride;
    stride *= size;
    return own;
  });
}

/** The number of a `numpy.float64` and the like; undefined for anything else. */
export function numpyNumber(value: Value): number | undefined {
  const found = structured(value);
  if (found?.kind !== 'call' || !SCALAR.test(callName(found))) return undefined;
  const dtype = dtypeIn(found.args[0]);
  const bytes = bytesIn(found.args[1], 8);
  if (!bytes || !dtype || bytes.length !== DTYPE_BYTES[dtype]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'F64') return view.getFloat64(0, true);
  if (dtype === 'F32') return view.getFloat32(0, true);
  if (dtype === 'I64') return Number(view.getBigInt64(0, true));
  if (dtype === 'I32') return view.getInt32(0, true);
  return dtype === 'U8' || dtype === 'BOOL' ? view.getUint8(0) : undefined;
}
