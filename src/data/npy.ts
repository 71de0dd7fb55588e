// NumPy's array files: "\x93NUMPY", a version, a Python dictionary with dtype, order and shape, then the elements. What is
// read is what a program that compares numbers writes: little-endian numbers in C order.

import { DataError } from '../runtime/errors.ts';
import { refuseOtherKind } from './file-kind.ts';
import type { Dtype, Tensor } from './tensor.ts';
import { DTYPE_BYTES } from './tensor.ts';
import { decodeUtf8 } from './utf8.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const DTYPES: Readonly<Record<string, Dtype>> = {
  ...{ '<f8': 'F64', '<f4': 'F32', '<f2': 'F16', '<i8': 'I64', '<i4': 'I32', '|u1': 'U8', '|b1': 'BOOL' },
};

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/** @throws DataError where the bytes are no such file, or hold numbers of another kind or order */
export function readNpy(bytes: Uint8Array, file: string): Tensor {
  refuseOtherKind(bytes, file, 'array');
  if (!isNpy(bytes) || bytes.length < 12) throw new DataError(file, 0, 'is no file of a NumPy array');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = (bytes[6] ?? 0) >= 2;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) throw new DataError(file, bytes.length, 'ends inside its header');
  const decoded = decodeUtf8(bytes.subarray(start, end));
  if ('invalidAt' in decoded) throw new DataError(file, start + decoded.invalidAt, 'the header is no text');
  const descr = /'descr':\s*'([^']{1,8})'/.exec(decoded.text)?.[1] ?? '';
  const dtype = Object.hasOwn(DTYPES, descr) ? DTYPES[descr] : undefined;
  if (dtype === undefined) {
    throw new DataError(
      file,
      start,
      `elements of type ${descr || '?'}; those read are ${Object.keys(DTYPES).join(', ')}`,
    );
  }
  if (/'fortran_order':\s*True/.test(decoded.text)) {
    throw new DataError(file, start, 'is in Fortran order; save numpy.ascontiguousarray(array)');
  }
  const sizes = /'shape':\s*\(([\d\s,]{0,200})\)/.exec(decoded.text)?.[1];
  if (sizes === undefined) throw new DataError(file, start, 'says no shape');
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  const needed = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (needed !== bytes.length - end) {
    throw new DataError(
      file,
      end,
      `${descr} (${shape.join(', ')}) needs ${needed} bytes, ${bytes.length - end} are there`,
    );
  }
  return { dtype, shape, bytes: bytes.subarray(end) };
}
