// What elements are, and how many there are: datatype and dataspace messages.

import type { Hdf5Bytes } from './cursor.ts';

export type Datatype =
  | {
      readonly kind: 'number';
      /** As safetensors names it. */
      readonly dtype: string;
      readonly size: number;
    }
  | { readonly kind: 'text'; readonly size: number }
  /** Texts elsewhere, 16 bytes each that say where. */
  | { readonly kind: 'texts'; readonly size: number }
  | { readonly kind: 'other'; readonly name: string; readonly size: number };

const CLASSES = [
  'integer',
  'float',
  'time',
  'text',
  'bit field',
  'opaque',
  'compound',
  'reference',
  'enumeration',
  'variable length',
  'array',
];

export function readDatatype(from: Hdf5Bytes, at: number): Datatype {
  const kind = from.u8(at) & 15;
  const bits = from.u8(at + 1);
  const size = from.u32(at + 4);
  if (kind === 0 && (bits & 1) === 0) {
    const dtype = `${bits & 8 ? 'I' : 'U'}${8 * size}`;
    return { kind: 'number', dtype, size };
  }
  // IEEE 754 has so many bits of mantissa; bfloat16 has seven.
  if (kind === 1 && (bits & 0x41) === 0) {
    const mantissa = from.u8(at + 15);
    const dtype = { 2: mantissa === 7 ? 'BF16' : 'F16', 4: 'F32', 8: 'F64' }[size];
    const expected = { 2: [7, 10], 4: [23], 8: [52] }[size] ?? [];
    if (dtype !== undefined && expected.includes(mantissa)) return { kind: 'number', dtype, size };
  }
  if (kind === 3) return { kind: 'text', size };
  if (kind === 9 && (bits & 15) === 1) return { kind: 'texts', size };
  // What h5py makes of NumPy's bool: names for 0 and 1.
  if (kind === 8 && size === 1) return { kind: 'number', dtype: 'BOOL', size };
  const order = kind < 2 && bits & 1 ? 'big-endian ' : '';
  return { kind: 'other', name: `HDF5 ${order}${CLASSES[kind] ?? `class ${kind}`} of ${size} bytes`, size };
}

const MOST_DIMENSIONS = 32;

/** Sizes from the outermost axis; undefined: there is no element at all. */
export function readDataspace(from: Hdf5Bytes, at: number): readonly number[] | undefined {
  const version = from.u8(at);
  const rank = from.u8(at + 1);
  if ((version !== 1 && version !== 2) || rank > MOST_DIMENSIONS)
    throw from.error(at, `damaged, or of a later format: a dataspace of version ${version} and ${rank} axes`);
  if (version === 2 && from.u8(at + 3) === 2) return undefined;
  const first = at + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, axis) => from.u64(first + 8 * axis));
}

/** How many elements that is. @throws DataError where no file could hold them */
export function elementsOf(from: Hdf5Bytes, shape: readonly number[], at: number): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count)) throw from.error(at, `damaged: a shape of [${shape.slice(0, 8)}]`);
  return count;
}
