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
/** A file of one float32 with this header. */
function withHeader(text: string): Uint8Array {
  const head = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8);
  return Uint8Array.of(...head, ...new TextEncoder().encode(text), ...floats(1));
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('readNpy', () => {
  it.each([1, 2, 3])('reads version %d', (version) => {
    const tensor = readNpy(npy('<f4', '(1, 2, 1, 2)', floats(1, -2, 3.5, 4), 'False', version), 'a.npy');
    expect(tensor.shape).toEqual([1, 2, 1, 2]);
    expect(Array.from(toFloat32(tensor))).toEqual([1, -2, 3.5, 4]);
  });

  it('reads headers as Python reads them, however they are written', () => {
    for (const header of [
      "{'descr':'<f4','fortran_order':False,'shape':(1,)}",
      '{ "shape" : ( 1L , ) , "fortran_order" : True , "descr" : "<f4" , }\n',
      "{'fortran_order': False, 'shape': (), 'descr': '<f4'}",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1, 1), }            ",
    ]) {
      expect(Array.from(toFloat32(readNpy(withHeader(header), 'a'))), header).toEqual([1]);
    }
    expect(readNpy(npy('<f4', '(0, 3)', floats()), 'a').shape).toEqual([0, 3]);
  });

  it('reads big-endian numbers', () => {
    const big = (bytes: Uint8Array, size: number) =>
      Uint8Array.from(bytes, (_, i) => bytes[i - (i % size) + size - 1 - (i % size)] ?? 0);
    expect(Array.from(toFloat32(readNpy(npy('>f4', '(2,)', big(floats(1, -2.5), 4)), 'a')))).toEqual([1, -2.5]);
    const wide = big(new Uint8Array(BigInt64Array.of(5n).buffer), 8);
    expect(Array.from(toFloat32(readNpy(npy('>i8', '(1,)', wide), 'a')))).toEqual([5]);
  });

  it('reads vectors, scalars and other types', () => {
    expect(readNpy(npy('<f4', '(2,)', floats(1, 2)), 'a').shape).toEqual([2]);
    expect(readNpy(npy('|u1', '()', Uint8Array.of(7)), 'a')).toMatchObject({ dtype: 'U8', shape: [] });
    const doubles = new Uint8Array(Float64Array.of(0.1).buffer);
    expect(toFloat32(readNpy(npy('<f8', '(1,)', doubles), 'a'))[0]).toBe(Math.fround(0.1));
  });

  it.each([
    ['another file', new Uint8Array(20), /not a NumPy array file/],
    ['a cut header', npy('<f4', '(2,)', floats(1, 2)).subarray(0, 30), /ends inside its header/],
    ['cut data', npy('<f4', '(2,)', floats(1)), /needs 8 bytes, 4 are there/],
    ['complex numbers', npy('<c8', '(1,)', floats(1, 2)), /type "<c8"/],
    ['objects', npy('|O', '(1,)', floats(1)), /type "\|O"/],
    ['numbers of several bytes without an order', npy('|f4', '(1,)', floats(1)), /type "\|f4"/],
    [
      'a structured array',
      withHeader("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
      /quoted text is missing/,
    ],
    ['Fortran order', npy('<f4', '(2, 2)', floats(1, 2, 3, 4), 'True'), /ascontiguousarray/],
    ['an unknown version', npy('<f4', '(1,)', floats(1), 'False', 4), /version 4.0/],
    ['a negative size', npy('<f4', '(-1,)', floats(1)), /not a whole number/],
    ['a fraction', npy('<f4', '(1.0,)', floats(1)), /not a whole number/],
    ['leading zeros', npy('<f4', '(01,)', floats(1)), /not a whole number/],
    ['a number instead of a tuple', npy('<f4', '(1)', floats(1)), /ends in a comma/],
    ['a list', npy('<f4', '[1]', floats(1)), /quoted text is missing/],
    ['a call', withHeader("{'descr': '<f4', 'fortran_order': exit(), 'shape': (1,)}"), /quoted text is missing/],
    ['True and more', npy('<f4', '(1,)', floats(1), 'Trueish'), /quoted text is missing/],
    [
      'a key twice',
      withHeader("{'shape': (1,), 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}"),
      /duplicate key "shape"/,
    ],
    ['another key', withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 'y'}"), /other keys/],
    ['no shape', withHeader("{'descr': '<f4', 'fortran_order': False}"), /shape is not a tuple/],
    [
      'a shape within a text',
      withHeader("{'descr': \"'shape': (1,)\", 'fortran_order': False}"),
      /shape is not a tuple/,
    ],
    [
      'something after it',
      withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} 1"),
      /follows the dictionary/,
    ],
    [
      'a header that does not end',
      withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,"),
      /not a whole number/,
    ],
    ['a header of 20 kB', withHeader(`{'descr': '${'x'.repeat(20_000)}'`), /at most 10000/],
    ['a hundred axes', npy('<f4', `(${'1, '.repeat(100)})`, floats(1)), /at most 64/],
    ['a huge shape', npy('<f4', '(99999999999, 99999999999)', floats(1)), /needs/],
  ])('refuses %s', (_, bytes, words) => {
    expect(() => readNpy(bytes, 'a.npy')).toThrow(DataError);
    expect(() => readNpy(bytes, 'a.npy')).toThrow(words);
  });
});
