// Images that are collected here and outlive the page, in IndexedDB: the classes as one record, each image as its own. An
// image that no class has any more is removed when its deletion can no longer be undone, or at the next visit.

import {
  anyValue,
  flag,
  list,
  type OutputOf,
  object,
  optional,
  type Schema,
  shown,
  text,
  transformed,
  whole,
} from '../../src/data/schema.ts';
import { ConfigError, StorageError } from '../../src/runtime/errors.ts';
import { room } from '../storage/opfs.ts';
import { storageError } from '../storage/storage-error.ts';
import { parseStored } from '../storage/stored-json.ts';
import type { Example, OwnClass } from './own-classes.ts';

const DATABASE = 'densenet-images';
const STORE = 'images';
const CLASSES = 'classes';
/** More is not kept, nor more than half of what is free. */
const MOST_BYTES = 256e6;

export interface StoredClasses {
  /** Of the folder that the first of them came from; '' where there was none. */
  readonly name: string;
  readonly classes: readonly OwnClass[];
}

export interface SavedImages {
  readonly images: number;
  readonly bytes: number;
  /** Images that found no room. */
  readonly left: number;
}

const COUNT = whole(0, 2 ** 53 - 1);

const RECORD = object({
  name: text(10_000),
  classes: list(object({ id: COUNT, name: text(10_000), included: flag, examples: list(COUNT) })),
});

const EXAMPLE: Schema<Example> = object({
  id: COUNT,
  name: text(10_000),
  source: transformed(anyValue, (source) => {
    if (source instanceof Blob) return source;
    throw new ConfigError('source', shown(source), 'must be a Blob');
  }),
  part: optional<Example['part']>(
    transformed(anyValue, (part) => {
      // Version 0.1.0 of this page said `heldOut`.
      if (part === 'heldOut' || part === 'validation') return 'validation';
      return part === 'training' ? part : undefined;
    }),
    undefined,
  ),
});

/** An image as it was stored, in the words of today; undefined for anything else. */
export const storedExample = (stored: unknown): Example | undefined => parseStored(EXAMPLE, stored);

/** What was kept; images that can be read no more are left out. @throws StorageError */
export async function readClasses(): Promise<StoredClasses> {
  return using('readonly', async (store) => {
    const record = parseStored(RECORD, await settled(store.get(CLASSES)));
    if (!record) return { name: '', classes: [] };
    const found = new Map<number, Example>();
    for (const id of record.classes.flatMap(({ examples }) => examples)) {
      const example = storedExample(await settled(store.get(id)));
      if (example) found.set(id, example);
    }
    const classes = record.classes.map((own) => ({
      ...own,
      examples: own.examples.flatMap((id) => found.get(id) ?? []),
    }));
    return { name: record.name, classes };
  });
}

/**
 * Keeps classes in place of those before.
 * @param known ids of images that are kept already; those that are added are added to it
 * @throws StorageError; what was kept before stays then
 */
export async function writeClasses({ name, classes }: StoredClasses, known: Set<number>): Promise<SavedImages> {
  const space = await room();
  const free = space ? (space.allowed - space.used) / 2 : MOST_BYTES;
  const created: Example[] = [];
  let [images, bytes, added, left] = [0, 0, 0, 0];
  const fits = (example: Example): boolean => {
    const { id, source } = example;
    const isNew = !known.has(id);
    if (bytes + source.size > MOST_BYTES || (isNew && added + source.size > free)) {
      left++;
      return false;
    }
    images++;
    bytes += source.size;
    if (isNew) {
      added += source.size;
      created.push(example);
    }
    return true;
  };
  const record: OutputOf<typeof RECORD> = {
    name,
    classes: classes.map((own) => ({ ...own, examples: own.examples.filter(fits).map(({ id }) => id) })),
  };
  await using('readwrite', async (store) => {
    for (const example of created) store.put(example, example.id);
    store.put(record, CLASSES);
  });
  for (const { id } of created) known.add(id);
  return { images, bytes, left };
}

/** Removes images that are none of these. @throws StorageError */
export async function collectImages(inUse: ReadonlySet<number>, known: Set<number>): Promise<void> {
  await using('readwrite', async (store) => {
    for (const key of await settled(store.getAllKeys())) {
      if (typeof key !== 'number' || inUse.has(key)) continue;
      store.delete(key);
      known.delete(key);
    }
  });
}

async function using<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  try {
    if (!globalThis.indexedDB) throw new StorageError('unavailable', 'this browser has no IndexedDB');
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await settled(opening);
    try {
      const transaction = database.transaction(STORE, mode);
      const ended = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
      ended.catch(() => undefined);
      const result = await work(transaction.objectStore(STORE));
      await ended;
      return result;
    } finally {
      database.close();
    }
  } catch (thrown) {
    throw storageError(thrown, 'keeping images');
  }
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
