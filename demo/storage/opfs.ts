// Files that the browser keeps for this page alone (the origin private file system). Works in pages and in workers: a
// worker writes through a synchronous handle, a page through a stream; each browser has at least one of the two where
// it has WebGPU. A file is there whole or not at all: a name is given to it only once all of its bytes are written.
// Every failure is a StorageError that says what to do.

import { checkStorageName, full, storageError, unavailable } from './storage-error.ts';

/** `weights/`: networks; `runs/`: states of trainings. */
export type Folder = 'weights' | 'runs';

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface WriteOptions {
  /** Called with the bytes written so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Stops the writing with an AbortError; what was there under this name before stays. */
  readonly signal?: AbortSignal;
}

/** Half-written files, never listed; leftovers of a closed tab are removed when they are a day old. */
const TEMPORARY = '.part';
const DAY = 24 * 60 * 60 * 1000;
const CHUNK_BYTES = 4 << 20;

/** The files of a folder, by name. @throws StorageError */
export async function list(folder: Folder): Promise<StoredFile[]> {
  return trying(`listing ${folder}`, async () => {
    const kept: StoredFile[] = [];
    const directory = await open(folder);
    for await (const handle of directory.values()) {
      if (!isFile(handle)) continue;
      // Another tab may have deleted it since.
      const file = await handle.getFile().catch(() => undefined);
      if (!file) continue;
      const { size, lastModified } = file;
      if (handle.name.endsWith(TEMPORARY)) {
        // Of a tab that was closed long ago; a younger one may be written right now.
        if (lastModified < Date.now() - DAY) await directory.removeEntry(handle.name).catch(() => undefined);
        continue;
      }
      kept.push({ name: handle.name, bytes: size, modified: lastModified });
    }
    return kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

/** A file as it lies there: its bytes are read when they are asked for. @throws StorageError ('missing' among them) */
export async function read(folder: Folder, name: string): Promise<File> {
  return trying(`reading ${name}`, async () => (await (await open(folder)).getFileHandle(name)).getFile());
}

/**
 * Keeps a file, in place of one of the same name.
 * @throws StorageError ('full', 'busy', 'unavailable' …), ConfigError for a name that is none, AbortError
 */
export async function write(
  folder: Folder,
  name: string,
  content: Blob | Uint8Array<ArrayBuffer>,
  { onProgress = () => {}, signal }: WriteOptions = {},
): Promise<void> {
  checkStorageName(name);
  const blob = content instanceof Blob ? content : new Blob([content]);
  await trying(`keeping ${name}`, async () => {
    signal?.throwIfAborted();
    const directory = await open(folder);
    await checkRoom(name, blob.size);
    const temporary = await directory.getFileHandle(`${name}${TEMPORARY}`, { create: true });
    try {
      const output = await openOutput(temporary);
      try {
        for (let at = 0; at < blob.size; at += CHUNK_BYTES) {
          signal?.throwIfAborted();
          const bytes = new Uint8Array(await blob.slice(at, at + CHUNK_BYTES).arrayBuffer());
          await output.write(bytes, at);
          onProgress(at + bytes.length);
        }
        signal?.throwIfAborted();
      } catch (error) {
        await output.abandon();
        throw error;
      }
      await output.close();
      await temporary.move(name);
    } catch (error) {
      await directory.removeEntry(`${name}${TEMPORARY}`).catch(() => undefined);
      throw error;
    }
  });
}

/** Deletes a file; one that is not there is no error. @throws StorageError */
export async function remove(folder: Folder, name: string): Promise<void> {
  await trying(`deleting ${name}`, async () => {
    await (await open(folder)).removeEntry(name).catch((error) => {
      if (error?.name !== 'NotFoundError') throw error;
    });
  });
}

/** Bytes that this page keeps, and may keep, as far as the browser says. */
export async function room(): Promise<{ readonly used: number; readonly allowed: number } | undefined> {
  const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  return usage === undefined || quota === undefined ? undefined : { used: usage, allowed: quota };
}

async function checkRoom(name: string, needed: number): Promise<void> {
  const space = await room();
  const free = space && space.allowed - space.used;
  if (free !== undefined && needed > free) throw full(`keeping ${name}`, undefined, { needed, free });
}

/** What the DOM's types lack: moving is in every browser that has this file system, the rest in workers only. */
interface StoredHandle extends FileSystemFileHandle {
  move(name: string): Promise<void>;
  createSyncAccessHandle?(): Promise<SyncAccess>;
}

interface SyncAccess {
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(bytes: number): void;
  flush(): void;
  close(): void;
}

interface StoredDirectory extends FileSystemDirectoryHandle {
  values(): FileSystemDirectoryHandleAsyncIterator<StoredHandle | FileSystemDirectoryHandle>;
  getFileHandle(name: string, options?: FileSystemGetFileOptions): Promise<StoredHandle>;
}

const isFile = (handle: FileSystemHandle): handle is StoredHandle => handle.kind === 'file';

async function open(folder: Folder): Promise<StoredDirectory> {
  if (!globalThis.navigator?.storage?.getDirectory) throw unavailable('it has no such storage');
  const root = await navigator.storage.getDirectory();
  return (await root.getDirectoryHandle(folder, { create: true })) as StoredDirectory;
}

interface Output {
  write(bytes: Uint8Array<ArrayBuffer>, at: number): Promise<void>;
  close(): Promise<void>;
  abandon(): Promise<void>;
}

async function openOutput(handle: StoredHandle): Promise<Output> {
  if (handle.createSyncAccessHandle) {
    const access = await handle.createSyncAccessHandle();
    access.truncate(0);
    return {
      write: async (bytes, at) => {
        const written = access.write(bytes, { at });
        if (written !== bytes.length) throw full('writing');
      },
      close: async () => {
        access.flush();
        access.close();
      },
      abandon: async () => access.close(),
    };
  }
  if (!handle.createWritable) throw unavailable('it writes files in workers only');
  const stream = await handle.createWritable();
  return {
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
    abandon: () => stream.abort().catch(() => undefined),
  };
}

async function trying<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw storageError(thrown, doing);
  }
}
