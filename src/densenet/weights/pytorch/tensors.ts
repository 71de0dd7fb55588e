// Tensors as bytes: a view of a storage whose elements lie in order is part of the file and not copied; any other view (a
// transposed weight, every second element) is gathered. No size is believed before its bytes are there, and many views of one
// storage may not become more than a few times what is stored.

import { isDtype, type Tensor } from '../../../data/tensor.ts';
import { DataError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import { dtypeOf, elementBytes, storageElementBytes } from './storages.ts';
import type { StorageView, TensorView, Value } from './values.ts';

/** The bytes of a whole storage. @throws DataError */
export type ReadStorage = (storage: StorageView) => Uint8Array;

/** The object in a file, and how the bytes of its storages are had. */
export interface Container {
  readonly format: 'pytorch-zip' | 'pytorch-legacy' | 'pickle';
  readonly value: Value;
  /** The length of its pickle. */
  readonly pickleBytes: number;
  readonly readStorage: ReadStorage;
}

/** A tensor whose elements are not read, as of a safetensors file. */
interface Unread {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** How many times what is stored the tensors may be: weights that are tied, an average that shares some of them. */
const MOST_SHARING = 4;
const SPARE_BYTES = 1 << 20;

export class TensorReader {
  private readonly storages = new Map<string, Uint8Array>();
  private storedBytes = 0;
  private bytes = 0;

  constructor(
    private readonly file: string,
    private readonly readStorage: ReadStorage,
  ) {}

  /** @param name what errors call it @throws DataError where the view goes beyond its storage */
  read(name: string, view: TensorView): Tensor | Unread {
    const { storage, shape } = view;
    const dtype = dtypeOf(storage.type, view.dtype);
    if (dtype === undefined) {
      const type = view.dtype ?? storage.type;
      throw this.error(name, 0, `its element type ${printableName(type || 'without a name')} is not known`);
    }
    if (!isDtype(dtype)) return { dtype, shape };
    const size = elementBytes(dtype);
    const stored = this.storage(name, storage);
    const own = storageElementBytes(storage.type);
    const bytes = stored.subarray(own * storage.offset, own * (storage.offset + storage.length));
    const count = this.checkExtent(name, view, Math.floor(bytes.length / size));
    this.spend(name, count * size);
    const start = size * view.offset;
    if (count === 0) return { dtype, shape, bytes: new Uint8Array() };
    if (isContiguous(view)) return { dtype, shape, bytes: bytes.subarray(start, start + count * size) };
    return { dtype, shape, bytes: gathered(bytes, view, count, size) };
  }

  private error(name: string, at: number, problem: string): DataError {
    return new DataError(`${this.file}: ${printableName(name)}`, at, problem);
  }

  private storage(name: string, storage: StorageView): Uint8Array {
    const found = this.storages.get(storage.key) ?? this.readStorage(storage);
    if (found.length !== storage.elements * storageElementBytes(storage.type)) {
      const is = `storage ${printableName(storage.key)} has ${found.length} bytes`;
      throw this.error(
        name,
        0,
        `${is}, which are not the ${storage.elements} elements (${storage.type}) that it should have`,
      );
    }
    if (!this.storages.has(storage.key)) this.storedBytes += found.length;
    this.storages.set(storage.key, found);
    return found;
  }

  /** How many elements there are. */
  private checkExtent(name: string, { offset, shape, strides }: TensorView, available: number): number {
    let count = 1;
    let last = offset;
    for (const [axis, size] of shape.entries()) {
      count *= size;
      last += (size - 1) * (strides[axis] ?? 0);
    }
    if (shape.includes(0)) return 0;
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(last) || last >= available) {
      const extent = `offset ${offset}, shape [${shape}], strides [${strides}]`;
      throw this.error(name, 0, `${extent} goes beyond its storage of ${available} elements`);
    }
    return count;
  }

  private spend(name: string, bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= MOST_SHARING * this.storedBytes + SPARE_BYTES) return;
    throw this.error(
      name,
      0,
      `the tensors have more than ${MOST_SHARING} times the elements that are stored: one storage is the numbers of many`,
    );
  }
}

/** Whether the elements lie one after another, row by row; what an axis of one element says does not matter. */
function isContiguous({ shape, strides }: TensorView): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

function gathered(bytes: Uint8Array, { offset, shape, strides }: TensorView, count: number, size: number): Uint8Array {
  const out = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < size; byte++) out[i * size + byte] = bytes[from * size + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      from += stride;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      from -= next * stride;
      index[axis] = 0;
    }
  }
  return out;
}
