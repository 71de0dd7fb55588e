import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { readNpy } from './npy.ts';
import { toFloat32 } from './tensor.ts';

/** As numpy.save writes: a header padded to 64 bytes. */
function npy(descr: string, shape: string, data: Uint8Array, order = 'False', version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const padded = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const head = new Uint8Array(prefix + padded.length + data.length);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(head.buffer);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  head.set(new TextEncoder().encode(padded), prefix);
  head.set(data, prefix + padded.length);
  return head;
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('readNpy', () => {
  it.each([1, 2, 3])('reads version %d', (version) => {
    const tensor = readNpy(npy('<f4', '(1, 2, 1, 2)', floats(1, -2, 3.5, 4), 'False', version), 'a.npy');
    expect(tensor.shape).toEqual([1, 2, 1, 2]);
    expect(Array.from(toFloat32(tensor))).toEqual([1, -2, 3.5, 4]);
  });

  it('reads vectors, scalars and other types', () => {
    expect(readNpy(npy('<f4', '(2,)', floats(1, 2)), 'a').shape).toEqual([2]);
    expect(readNpy(npy('|u1', '()', Uint8Array.of(7)), 'a')).toMatchObject({ dtype: 'U8', shape: [] });
    const doubles = new Uint8Array(Float64Array.of(0.1).buffer);
    expect(toFloat32(readNpy(npy('<f8', '(1,)', doubles), 'a'))[0]).toBe(Math.fround(0.1));
  });

  it.each([
    ['another file', new Uint8Array(20), /no file of a NumPy array/],
    ['a cut header', npy('<f4', '(2,)', floats(1, 2)).subarray(0, 30), /ends inside its header/],
    ['cut data', npy('<f4', '(2,)', floats(1)), /needs 8 bytes, 4 are there/],
    ['big-endian numbers', npy('>f4', '(1,)', floats(1)), /type >f4/],
    ['Fortran order', npy('<f4', '(1, 1)', floats(1), 'True'), /ascontiguousarray/],
    ['a huge shape', npy('<f4', '(99999999999, 99999999999)', floats(1)), /needs/],
  ])('refuses %s', (_, bytes, words) => {
    expect(() => readNpy(bytes, 'a.npy')).toThrow(DataError);
    expect(() => readNpy(bytes, 'a.npy')).toThrow(words);
  });
});
