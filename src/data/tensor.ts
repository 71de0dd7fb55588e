// A tensor as files hold it: little-endian bytes, a shape and a dtype, and conversions from and to typed arrays. Bytes may be
// unaligned, so every conversion copies; what it returns belongs to the caller. Every host that has WebGPU is little-endian,
// which is why typed arrays can read the bytes as they are.

import { DataError } from '../runtime/errors.ts';
import { float32BitsOfF16 } from '../runtime/float16.ts';

/** Bytes per element, by safetensors's names of the dtypes. */
export const DTYPE_BYTES = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, BOOL: 1 } as const;

/**
 * The name of an element type, as safetensors has it.
 * @useDeclaredType
 */
export type Dtype = keyof typeof DTYPE_BYTES;

/** A tensor as files hold it. Conversions copy, since the bytes may lie at any offset. */
export interface Tensor {
  /** Element type, by the name that safetensors gives it. */
  readonly dtype: Dtype;
  /** Sizes from the outermost axis; empty for a scalar. */
  readonly shape: readonly number[];
  /** Row-major, little-endian, product of `shape` elements. */
  readonly bytes: Uint8Array;
}

/** Of any dtype that the format has; only those of a supported one have their elements. */
export type AnyTensor = { readonly dtype: string; readonly shape: readonly number[] } | Tensor;

/** Canonical name to anything with a shape: a state dict, or the tensors of a file. */
export type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

export const isDtype = (name: unknown): name is Dtype => typeof name === 'string' && Object.hasOwn(DTYPE_BYTES, name);

/** A tensor over the values themselves, not a copy; `shape` must have `values.length` elements. */
export const float32Tensor = (shape: readonly number[], values: Float32Array): Tensor => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

/** A tensor over the values themselves, not a copy; `shape` must have `values.length` elements. */
export const int32Tensor = (shape: readonly number[], values: Int32Array): Tensor => ({
  dtype: 'I32',
  shape,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

/** The elements as float32, rounded to nearest where they do not fit; BOOL gives 0 and 1. */
export function toFloat32(tensor: Tensor): Float32Array<ArrayBuffer> {
  const { buffer } = new Uint8Array(tensor.bytes);
  switch (tensor.dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
      return widenToFloat32(new Uint16Array(buffer), float32BitsOfF16);
    case 'BF16':
      return widenToFloat32(new Uint16Array(buffer), (half) => half << 16);
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case 'I32':
      return Float32Array.from(new Int32Array(buffer));
    case 'U8':
      return Float32Array.from(tensor.bytes);
    case 'BOOL':
      return Float32Array.from(tensor.bytes, (byte) => (byte === 0 ? 0 : 1));
  }
}

/**
 * The elements of an integer tensor as int32. `file` is what an error names.
 * @throws DataError for a floating-point tensor, and for a 64-bit value that does not fit int32
 */
export function toInt32(tensor: Tensor, file = 'tensor'): Int32Array<ArrayBuffer> {
  const { buffer } = new Uint8Array(tensor.bytes);
  switch (tensor.dtype) {
    case 'I32':
      return new Int32Array(buffer);
    case 'I64': {
      const values = new BigInt64Array(buffer);
      const large = values.findIndex((value) => value !== BigInt.asIntN(32, value));
      if (large >= 0) throw new DataError(file, 8 * large, `${values[large]} does not fit 32 bits`);
      return Int32Array.from(values, Number);
    }
    case 'U8':
      return Int32Array.from(tensor.bytes);
    case 'BOOL':
      return Int32Array.from(tensor.bytes, (byte) => (byte === 0 ? 0 : 1));
    default:
      throw new DataError(file, 0, `dtype ${tensor.dtype} where integers are needed; store I32 or I64`);
  }
}

function widenToFloat32(values: Uint16Array, bits: (half: number) => number): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(values, (half) => bits(half)).buffer);
}
