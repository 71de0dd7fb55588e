// Storages, the arrays that tensors are views of: how a pickle refers to one that lies beside it, and their element types. What
// a storage's bytes are, its container knows (zip-container.ts, legacy-container.ts).

import { DTYPE_BYTES, isDtype } from '../../../data/tensor.ts';
import { DataError } from '../../../runtime/errors.ts';
import { printableValue } from '../../../runtime/printable.ts';
import type { PersistentLoad } from './unpickler.ts';
import { asSequence, globalName, type StorageView, structured, type Value } from './values.ts';

/** Element types by the name of the storage's class, and bytes per element of those whose numbers are not read. */
const STORAGE_DTYPES: Readonly<Record<string, string>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  ComplexFloatStorage: 'C64',
  ComplexDoubleStorage: 'C128',
  QInt8Storage: 'QINT8',
  QUInt8Storage: 'QUINT8',
  QInt32Storage: 'QINT32',
  QUInt4x2Storage: 'QUINT4x2',
  QUInt2x4Storage: 'QUINT2x4',
};
const UNTYPED = /^_?UntypedStorage$/;
const UNREAD_BYTES: Readonly<Record<string, number>> = {
  I8: 1,
  I16: 2,
  U16: 2,
  U32: 4,
  U64: 8,
  C64: 8,
  C128: 16,
  QINT8: 1,
  QUINT8: 1,
  QINT32: 4,
  QUINT4x2: 1,
  QUINT2x4: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

/** By `torch.dtype`'s name, of tensors whose storage has no type. */
const TORCH_DTYPES: Readonly<Record<string, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  complex64: 'C64',
  complex128: 'C128',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
};

/** The element type of a view of such a storage; undefined where nobody says it. */
export const dtypeOf = (storageType: string, torchDtype: string | undefined): string | undefined =>
  torchDtype === undefined ? STORAGE_DTYPES[storageType] : TORCH_DTYPES[torchDtype];

export const elementBytes = (dtype: string): number =>
  isDtype(dtype) ? DTYPE_BYTES[dtype] : (UNREAD_BYTES[dtype] ?? 1);

/** Bytes that a storage's own elements take: those of one without a type are bytes. */
export const storageElementBytes = (type: string): number => elementBytes(STORAGE_DTYPES[type] ?? 'U8');

/**
 * What a pickle's references to objects beside it mean: `('storage', type, key, location, elements[, view])`, and, in older
 * files, `('module', class, file, source)`, of which the class's name is all that is taken.
 */
export function persistentLoad(
  file: string,
  seen: (storage: StorageView, at: number) => void = () => {},
): PersistentLoad {
  return (id, at) => {
    const [kind, ...rest] = asSequence(id)?.items ?? [];
    if (kind === 'module' && rest[0] !== undefined) return rest[0];
    if (kind !== 'storage') {
      const what = typeof kind === 'string' ? printableValue(kind) : 'an object';
      throw new DataError(file, at, `refers to ${what} beside the pickle, where PyTorch has only storages`);
    }
    const storage = storageView(rest);
    if (!storage) throw new DataError(file, at, 'damaged: a reference to a storage without a type, a key or a size');
    seen(storage, at);
    return storage;
  };
}

const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function storageView([typeOf, key, , elements, within]: readonly Value[]): StorageView | undefined {
  const type = globalName(typeOf).replace(/^.*\./, '');
  // Older files number the storages.
  const name = typeof key === 'number' ? String(key) : key;
  if (typeof name !== 'string' || !isCount(elements)) return undefined;
  if (STORAGE_DTYPES[type] === undefined && !UNTYPED.test(type)) return undefined;
  const whole = { kind: 'storage', type, key: name, elements, offset: 0, length: elements } as const;
  if (within === undefined || within === null) return whole;
  const view = structured(within);
  const [, offset, length] = view?.kind === 'tuple' ? view.items : [];
  return isCount(offset) && isCount(length) && offset + length <= elements ? { ...whole, offset, length } : undefined;
}
