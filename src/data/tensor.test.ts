// Element types: every one's edge values, and bytes at odd addresses.
import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { type Dtype, float32Tensor, int32Tensor, type Tensor, toFloat32, toInt32 } from './tensor.ts';

/** The tensor of a typed array's bytes, at an odd address. */
function tensorOf(dtype: Dtype, values: ArrayBufferView, shape: readonly number[]): Tensor {
  const padded = new Uint8Array(values.byteLength + 1);
  padded.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 1);
  return { dtype, shape, bytes: padded.subarray(1) };
}

describe('toFloat32', () => {
  it.each<[Dtype, ArrayBufferView, number[]]>([
    ['F32', Float32Array.of(1.5, -0, Number.NaN), [1.5, -0, Number.NaN]],
    ['F64', Float64Array.of(0.1, 1e300), [Math.fround(0.1), Number.POSITIVE_INFINITY]],
    ['BF16', Uint16Array.of(0x3fc0, 0xff80, 1), [1.5, Number.NEGATIVE_INFINITY, 2 ** -133]],
    ['I64', BigInt64Array.of(-5n, 1n << 40n), [-5, 2 ** 40]],
    ['I32', Int32Array.of(-7, 2 ** 24 + 1), [-7, 2 ** 24]],
    ['U8', Uint8Array.of(0, 255), [0, 255]],
    ['BOOL', Uint8Array.of(0, 1, 3), [0, 1, 1]],
  ])('reads %s', (dtype, values, expected) => {
    expect([...toFloat32(tensorOf(dtype, values, [expected.length]))]).toEqual(expected);
  });

  it('reads every F16', () => {
    const values = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const got = toFloat32(tensorOf('F16', values, [65536]));
    const wrong = values.filter((bits) => !Object.is(got[bits], binary16(bits)));
    expect([...wrong]).toEqual([]);
  });

  it('hands over a copy', () => {
    const values = Float32Array.of(1, 2);
    toFloat32(float32Tensor([2], values)).fill(9);
    expect([...values]).toEqual([1, 2]);
  });
});

/** IEEE 754 binary16 by its definition: sign, exponent, fraction. */
function binary16(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

describe('toInt32', () => {
  it.each<[Dtype, ArrayBufferView, number[]]>([
    ['I32', Int32Array.of(-7, 8), [-7, 8]],
    ['I64', BigInt64Array.of(-(1n << 31n), (1n << 31n) - 1n), [-(2 ** 31), 2 ** 31 - 1]],
    ['U8', Uint8Array.of(255), [255]],
    ['BOOL', Uint8Array.of(2), [1]],
  ])('reads %s', (dtype, values, expected) => {
    expect([...toInt32(tensorOf(dtype, values, [expected.length]))]).toEqual(expected);
  });

  it('reads what int32Tensor holds', () => {
    expect([...toInt32(int32Tensor([3], Int32Array.of(1, 2, 3, 4).subarray(1)))]).toEqual([2, 3, 4]);
  });

  it('refuses fractions and what 32 bits do not hold, naming file and offset', () => {
    expect(() => toInt32(float32Tensor([1], Float32Array.of(1)), 'f')).toThrow(/^f: at byte 0: .*F32.*I32 or I64/);
    const large = tensorOf('I64', BigInt64Array.of(1n, 1n << 31n), [2]);
    expect(() => toInt32(large, 'f')).toThrow(DataError);
    expect(() => toInt32(large, 'f')).toThrow(/^f: at byte 8: 2147483648 does not fit/);
  });
});
