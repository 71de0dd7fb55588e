// Where decoded images go while they are made: to memory, to a scratch file, or to both. A file gets its name when it is whole;
// one that cannot be written is an error only where the pixels are nowhere else.

import { open as openFile } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StorageError } from '../runtime/errors.ts';
import { cacheFile, freeBytes, openCacheDir, scratchFile } from './cache-folder.ts';
import { type CacheInfo, type CacheTable, cacheTail } from './cache-format.ts';
import type { DecodeOptions } from './decode-queue.ts';
import { errnoOf, reason } from './file-errors.ts';

/** Where pixels are: all of them in memory, or in an open file. */
export type PixelPlace = { readonly pixels: Uint8Array } | { readonly fd: number; readonly path: string };

/** Bytes of one access to the disk. */
const CHUNK_BYTES = 4 << 20;
const openForReading = promisify(openFile);

/** Where decoded images go: to memory, to a file, or to both. */
export class ImageSink {
  private used = 0;
  private written = 0;
  private readonly chunk: Uint8Array;
  private inChunk = 0;
  /** Why they are not kept for the next run; undefined: they are. */
  unkept: string | undefined;

  private constructor(
    private readonly pixels: Uint8Array | undefined,
    private file: { readonly handle: FileHandle; readonly scratch: string; readonly path: string } | undefined,
    private readonly dir: string,
    private readonly needed: number,
  ) {
    this.chunk = new Uint8Array(file ? CHUNK_BYTES : 0);
  }

  static async open(
    key: string,
    needed: number,
    fits: boolean,
    { cacheDir, free = freeBytes }: DecodeOptions,
  ): Promise<ImageSink> {
    if (cacheDir === undefined) {
      if (!fits)
        throw new StorageError(
          'unavailable',
          `the decoded images need ${gigabytes(needed)}, more than may be held in memory, and there is no cache folder: give one, allow more memory, or choose a smaller size`,
        );
      return new ImageSink(new Uint8Array(needed), undefined, '', needed);
    }
    const pixels = fits ? new Uint8Array(needed) : undefined;
    try {
      await openCacheDir(cacheDir);
      // Room for the table too.
      const room = await free(cacheDir);
      if (room < needed) throw Object.assign(new Error('no space left'), { code: 'ENOSPC', room });
      const scratch = scratchFile(cacheDir, key);
      const handle = await open(scratch, 'wx', 0o600);
      return new ImageSink(pixels, { handle, scratch, path: cacheFile(cacheDir, key) }, cacheDir, needed);
    } catch (cause) {
      const sink = new ImageSink(pixels, undefined, cacheDir, needed);
      sink.cannotWrite(cause);
      return sink;
    }
  }

  async add(pixels: Uint8Array): Promise<void> {
    this.pixels?.set(pixels, this.used);
    this.used += pixels.length;
    if (this.file) await this.write(pixels);
  }

  /** Writes the tail, and gives the file its name. */
  async finish(table: CacheTable, info: CacheInfo): Promise<PixelPlace> {
    if (this.file) {
      await this.write(cacheTail(table, info));
      await this.flush();
    }
    const { file } = this;
    if (file) {
      try {
        // What has the name is whole after a power cut too.
        await file.handle.sync();
        await file.handle.close();
        await rename(file.scratch, file.path).catch(async (cause: unknown) => {
          // Windows renames over no file that another process has open: that one is as good.
          if (!['EPERM', 'EACCES', 'EBUSY'].includes(errnoOf(cause))) throw cause;
          await rm(file.scratch, { force: true });
        });
        this.file = undefined;
        if (!this.pixels) return { fd: await openForReading(file.path, 'r'), path: file.path };
      } catch (cause) {
        await this.discard();
        this.cannotWrite(cause);
      }
    }
    return { pixels: this.pixels?.subarray(0, this.used) ?? new Uint8Array() };
  }

  async discard(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.handle.close().catch(() => undefined);
    if (file) await rm(file.scratch, { force: true }).catch(() => undefined);
  }

  private async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.file; ) {
      const part = bytes.subarray(at, at + this.chunk.length - this.inChunk);
      this.chunk.set(part, this.inChunk);
      this.inChunk += part.length;
      at += part.length;
      if (this.inChunk === this.chunk.length) await this.flush();
    }
  }

  private async flush(): Promise<void> {
    try {
      for (let at = 0; at < this.inChunk && this.file; ) {
        const { bytesWritten } = await this.file.handle.write(this.chunk, at, this.inChunk - at, this.written);
        at += bytesWritten;
        this.written += bytesWritten;
      }
      this.inChunk = 0;
    } catch (cause) {
      await this.discard();
      this.cannotWrite(cause);
    }
  }

  /** @throws StorageError where the pixels are nowhere else */
  private cannotWrite(cause: unknown): void {
    const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause));
    const why = full ? `no space left for ${gigabytes(this.needed)}` : reason(cause);
    if (this.pixels) {
      this.unkept = `${this.dir} cannot keep the decoded images (${why}): they are in memory, and the next run decodes them again`;
      return;
    }
    const advice =
      'choose a folder on a larger disk (`cacheDir`; --cache DIR on the command line), a smaller `size`, or allow more memory';
    throw new StorageError(
      full ? 'full' : 'failed',
      `${this.dir}: the decoded images cannot be written: ${why}; ${advice}`,
      { cause },
    );
  }
}

const gigabytes = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
