// The images of a data set, decoded once: in memory where they fit into a budget, else in a file that is read image by image. The
// file is kept, so that a second run starts at once; it is found by the files' names, sizes and times and by how they were
// decoded. Every image has a digest: one that was damaged on the disk is decoded again. Memory is bounded in either case.

import { createHash } from 'node:crypto';
import { closeSync, fstat, open, read } from 'node:fs';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { DeepOptions } from '../data/deep-image.ts';
import type { Resizing } from '../data/preprocess.ts';
import { ConfigError, DataError, StorageError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { cacheFile, touch } from './cache-folder.ts';
import {
  CACHE_VERSION,
  type CacheInfo,
  type CacheTable,
  FOOTER_BYTES,
  readCacheTail,
  tailBytes,
} from './cache-format.ts';
import { assignmentOf, checkProblems, decodeFiles } from './decode-files.ts';
import { DecodePool } from './decode-pool.ts';
import type { DecodeOptions } from './decode-queue.ts';
import { decodeTask, digestAside } from './decode-task.ts';
import { reason } from './file-errors.ts';
import type { ImageFile } from './image-files.ts';
import type { PixelPlace } from './image-sink.ts';

export class DecodedImages {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  private readonly bytes: number;
  /** Of a file: which images have been held to their digests. */
  private readonly checked: Uint8Array;
  private closed = false;
  private found = 0;

  /** @param table with a row per image */
  constructor(
    readonly info: CacheInfo,
    readonly table: CacheTable,
    private readonly place: PixelPlace,
    private readonly files: readonly ImageFile[],
    private readonly pictures: DeepOptions,
    private readonly resizing: Resizing,
    /** Whether they were found as an earlier run left them. */
    readonly reused: boolean,
    /** Why they are not kept for the next run. */
    readonly unkept: string | undefined,
  ) {
    this.count = info.count;
    this.channels = info.channels;
    this.height = info.height;
    this.width = info.width;
    this.bytes = info.channels * info.height * info.width;
    // What was written a moment ago is as it was written: only a file of an earlier run can have been damaged since.
    this.checked = new Uint8Array('fd' in place ? info.count : 0).fill(reused ? 0 : 1);
  }

  /** Images that were not on the disk as they had been written, so far. */
  get damaged(): number {
    return this.found;
  }

  get inMemory(): boolean {
    return 'pixels' in this.place;
  }

  /** The SHA-256 of the pixels of each part, for the assignment of images to parts under which they were decoded. */
  partDigests(files: readonly ImageFile[]): readonly string[] | undefined {
    const assignment = assignmentOf(files);
    return this.info.parts.find((part) => part.assignment === assignment)?.digests;
  }

  /** As ImageDataset.read; a run of neighbours is one access to the disk. @throws DataError, DisposedError */
  async read(indices: ArrayLike<number>, into: Uint8Array): Promise<void> {
    const { bytes, place } = this;
    if ('pixels' in place) {
      for (let slot = 0; slot < indices.length; slot++) {
        const start = (indices[slot] ?? 0) * bytes;
        into.set(place.pixels.subarray(start, start + bytes), slot * bytes);
      }
      return;
    }
    if (this.closed) throw new StorageError('unavailable', `${place.path}: the data set was closed; open it again`);
    const reads: Promise<void>[] = [];
    for (let slot = 0; slot < indices.length; ) {
      const first = indices[slot] ?? 0;
      let run = 1;
      while (slot + run < indices.length && indices[slot + run] === first + run) run++;
      reads.push(this.readRun(place, first, run, into.subarray(slot * bytes, (slot + run) * bytes)));
      slot += run;
    }
    await Promise.all(reads);
  }

  private async readRun(
    place: { readonly fd: number; readonly path: string },
    first: number,
    run: number,
    into: Uint8Array,
  ): Promise<void> {
    let got = 0;
    while (got < into.length) {
      const { bytesRead } = await pread(place.fd, into, got, into.length - got, first * this.bytes + got).catch(
        (cause: unknown) => {
          throw new DataError(place.path, first * this.bytes, `the decoded images cannot be read: ${reason(cause)}`, {
            cause,
          });
        },
      );
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    const unchecked = Array.from({ length: run }, (_, i) => i).filter(
      (i) => this.checked[first + i] !== 1 || got < (i + 1) * this.bytes,
    );
    await Promise.all(
      unchecked.map(async (i) => {
        const index = first + i;
        const pixels = into.subarray(i * this.bytes, (i + 1) * this.bytes);
        const isWhole = got >= (i + 1) * this.bytes && same(await digestAside(pixels), this.table.digest(index));
        if (isWhole) this.checked[index] = 1;
        else pixels.set(await this.decodeAgain(index, place.path));
      }),
    );
  }

  /** From its own file, where that is still the same. */
  private async decodeAgain(index: number, path: string): Promise<Uint8Array> {
    // The next run makes the file anew; this one goes on with what is whole of it.
    if (this.found++ === 0) await rm(path, { force: true }).catch(() => undefined);
    const file = this.files[this.table.row(index).file];
    const damaged = (why: string) =>
      new DataError(
        path,
        index * this.bytes,
        `the decoded copy of ${file ? printableName(file.path) : 'an image'} is damaged, and ${why}; run again`,
      );
    if (!file) throw damaged('its own file is not known');
    const { channels, height, width } = this;
    const outcome = await decodeTask({
      file,
      input: { ...this.resizing, channels, height, width },
      options: this.pictures,
    });
    if (outcome.kind !== 'image') throw damaged(`its own file ${outcome.kind === 'probe' ? 'too' : outcome.problem}`);
    if (!same(outcome.image.digest, this.table.digest(index))) throw damaged('its own file gives other pixels now');
    return outcome.image.pixels;
  }

  /** The SHA-256 of the pixels of some images, in that order, read in runs. */
  async digest(indices: ArrayLike<number>): Promise<string> {
    const hash = createHash('sha256');
    const perRead = Math.max(1, Math.floor(READ_BYTES / this.bytes));
    const buffer = new Uint8Array(perRead * this.bytes);
    for (let start = 0; start < indices.length; start += perRead) {
      const some = Array.from({ length: Math.min(perRead, indices.length - start) }, (_, i) => indices[start + i] ?? 0);
      await this.read(some, buffer);
      hash.update(buffer.subarray(0, some.length * this.bytes));
    }
    return hash.digest('hex');
  }

  /** Closes the file; what is in memory stays readable. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if ('fd' in this.place) closeSync(this.place.fd);
  }
}

const READ_BYTES = 4 << 20;
const pread = promisify(read);
const openFile = promisify(open);
const statOfOpen = promisify(fstat);

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/**
 * The decoded images of the files, from the cache where they are there.
 * @throws ConfigError where more than `badShare` of the files are bad; DataError naming a file that changed meanwhile; StorageError
 * where they fit neither into memory nor on the disk
 */
export async function decodeImages(files: readonly ImageFile[], options: DecodeOptions): Promise<DecodedImages> {
  const key = keyOf(files, options);
  if (options.cacheDir !== undefined) {
    const found = await openCached(cacheFile(options.cacheDir, key), key, files, options);
    if (found) {
      checkProblems(found.info, files, options, () => found.close());
      return found;
    }
  }
  const pool = await DecodePool.open(options.pool);
  try {
    const { info, table, place, unkept } = await decodeFiles(key, files, options, pool);
    return new DecodedImages(info, table, place, files, options.pictures, options.wanted, false, unkept);
  } finally {
    await pool.close();
  }
}

function keyOf(files: readonly ImageFile[], { wanted, pictures }: DecodeOptions): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([CACHE_VERSION, wanted, pictures]));
  for (const { path, bytes, mtimeMs } of files) hash.update(JSON.stringify([path, bytes, mtimeMs]));
  return hash.digest('hex').slice(0, 32);
}

/** What an earlier run decoded; undefined where there is no such file, or a damaged one. */
async function openCached(
  path: string,
  key: string,
  files: readonly ImageFile[],
  options: DecodeOptions,
): Promise<DecodedImages | undefined> {
  const fd = await openFile(path, 'r').catch(() => undefined);
  if (fd === undefined) return undefined;
  try {
    const found = await readCached(fd, path, key, files, options);
    if (!found || found.inMemory) closeSync(fd);
    if (found) await touch(path);
    return found;
  } catch (error) {
    closeSync(fd);
    // Damaged, half written, of another version: it is made anew.
    if (error instanceof DataError || error instanceof ConfigError) return undefined;
    throw error;
  }
}

async function readCached(
  fd: number,
  path: string,
  key: string,
  files: readonly ImageFile[],
  options: DecodeOptions,
): Promise<DecodedImages | undefined> {
  const handle = { fd, path };
  const size = (await statOfOpen(fd)).size;
  const footer = await readExactly(handle, size - FOOTER_BYTES, FOOTER_BYTES);
  const length = tailBytes(footer, path);
  if (length > size) return undefined;
  const { info, table } = readCacheTail(await readExactly(handle, size - length, length), size, files.length, path);
  if (info.key !== key) return undefined;
  const make = (place: PixelPlace) =>
    new DecodedImages(info, table, place, files, options.pictures, options.wanted, true, undefined);
  const onDisk = make(handle);
  const bytes = info.count * info.channels * info.height * info.width;
  if (bytes > options.memory) return onDisk;
  // Read as any data set is, which holds every image to its digest.
  const pixels = new Uint8Array(bytes);
  const perRead = Math.max(1, Math.floor(READ_BYTES / (bytes / Math.max(1, info.count))));
  for (let start = 0; start < info.count; start += perRead) {
    options.signal?.throwIfAborted();
    const some = Array.from({ length: Math.min(perRead, info.count - start) }, (_, i) => start + i);
    await onDisk.read(some, pixels.subarray((start * bytes) / info.count));
  }
  return onDisk.damaged > 0 ? undefined : make({ pixels });
}

async function readExactly(
  { fd, path }: { fd: number; path: string },
  at: number,
  length: number,
): Promise<Uint8Array> {
  if (at < 0) throw new DataError(path, 0, 'is too short for decoded images');
  const bytes = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await pread(fd, bytes, got, length - got, at + got);
    if (bytesRead === 0) throw new DataError(path, at + got, 'ends before it should');
    got += bytesRead;
  }
  return bytes;
}
