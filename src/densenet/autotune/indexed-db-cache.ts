// Tunings in a browser's IndexedDB: one database, one store, a text a key. Where the browser keeps nothing (a private
// window, storage that is full) the tuner is told so by the rejection, and goes on with what it has.

import type { AutotuneCache } from './cache.ts';

const DATABASE = 'densenet-webgpu';
const STORE = 'tunings';

// What of IndexedDB is used, stated because the library's types stand without the DOM's.
interface Request<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: unknown;
  onerror: unknown;
}
interface OpenRequest extends Request<Database> {
  onupgradeneeded: unknown;
}
interface ObjectStore {
  get(key: string): Request<unknown>;
  put(value: string, key: string): Request<unknown>;
}
interface Database {
  createObjectStore(name: string): unknown;
  transaction(names: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): ObjectStore };
  close(): void;
}
export interface DatabaseFactory {
  open(name: string, version: number): OpenRequest;
}

/** Keeps tunings in `factory`, a page's or a worker's `indexedDB`. */
export function indexedDbAutotuneCache(factory: DatabaseFactory): AutotuneCache {
  const use = async <T>(mode: 'readonly' | 'readwrite', run: (store: ObjectStore) => Request<T>): Promise<T> => {
    const opening = factory.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await settled(opening);
    try {
      return await settled(run(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  };
  return {
    read: async (key) => {
      const text = await use('readonly', (store) => store.get(key));
      return typeof text === 'string' ? text : undefined;
    },
    write: async (key, text) => {
      await use('readwrite', (store) => store.put(text, key));
    },
  };
}

const settled = <T>(request: Request<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
