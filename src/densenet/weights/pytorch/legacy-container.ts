// What `torch.save` wrote before PyTorch 1.6, and writes still where it is told to: pickles one after another (a magic number, a
// protocol number, what machine it was, the object, the keys of the storages), then the storages in the order of the keys, each
// behind its number of elements. A pickle that begins without the magic number is one of Python's own.

import { DataError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import { persistentLoad, storageElementBytes } from './storages.ts';
import type { Container, ReadStorage } from './tensors.ts';
import { unpickle } from './unpickler.ts';
import { asDict, asSequence, type StorageView, type Value } from './values.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** @throws DataError where it is damaged, or from a big-endian machine */
export function readLegacy(bytes: Uint8Array, file: string): Container {
  const noStorages = persistentLoad(file, (_, at) => {
    throw new DataError(file, at, 'refers to a storage where the file has none');
  });
  const first = unpickle(bytes, 0, file, noStorages);
  if (first.value !== MAGIC)
    return { format: 'pickle', value: first.value, pickleBytes: first.end, readStorage: noStorage(file) };
  const protocol = unpickle(bytes, first.end, file, noStorages);
  if (protocol.value !== PROTOCOL) {
    const is = typeof protocol.value === 'number' ? protocol.value : 'unknown';
    throw new DataError(file, first.end, `is a PyTorch file of protocol ${is}; only ${PROTOCOL} is read`);
  }
  const machine = unpickle(bytes, protocol.end, file, noStorages);
  if (asDict(machine.value)?.entries.get('little_endian') === false)
    throw new DataError(
      file,
      protocol.end,
      'was saved on a big-endian machine, whose numbers are not read; save it again',
    );
  const storages = new Map<string, StorageView>();
  const load = persistentLoad(file, (storage) => void storages.set(storage.key, storage));
  const object = unpickle(bytes, machine.end, file, load);
  const keys = unpickle(bytes, object.end, file, noStorages);
  const found = findStorages(bytes, keys.end, { file, storages, keys: asSequence(keys.value)?.items ?? [] });
  return {
    format: 'pytorch-legacy',
    value: object.value,
    pickleBytes: object.end - machine.end,
    readStorage: ({ key }) => {
      const part = found.get(key);
      if (!part) throw new DataError(file, keys.end, `storage ${printableName(key)} is not in the file`);
      return part;
    },
  };
}

const noStorage =
  (file: string): ReadStorage =>
  () => {
    throw new DataError(file, 0, 'refers to a storage where the file has none');
  };

interface Listed {
  readonly file: string;
  /** By key, as the object refers to them. */
  readonly storages: ReadonlyMap<string, StorageView>;
  readonly keys: readonly Value[];
}

function findStorages(bytes: Uint8Array, start: number, { file, storages, keys }: Listed): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys) {
    const name = typeof key === 'number' ? String(key) : key;
    const storage = typeof name === 'string' ? storages.get(name) : undefined;
    // Without its type nobody knows where the next one begins.
    if (!storage || found.has(storage.key))
      throw new DataError(file, at, 'damaged: lists a storage twice, or one that nothing in the file refers to');
    if (at + 8 > bytes.length) throw new DataError(file, at, 'truncated: ends before its last storage');
    const elements = Number(view.getBigInt64(at, true));
    const size = elements * storageElementBytes(storage.type);
    if (elements < 0 || size > bytes.length - at - 8)
      throw new DataError(file, at, `truncated: a storage of ${elements} elements goes beyond the file`);
    found.set(storage.key, bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return found;
}
