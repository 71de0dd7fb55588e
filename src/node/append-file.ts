// A file that grows while something more important goes on: nothing here throws, and nothing waits for the disk unless it asks
// to. What cannot be written is kept for the next try, up to a limit; the first failure is reported once, and at the end it is
// said whether something is missing. The file ends with whole pieces at all times, but for a crash in the middle of a write.
import { type FileHandle, open } from 'node:fs/promises';
import { StorageError } from '../runtime/errors.ts';
import { errnoOf, reason } from './file-errors.ts';

/** Milliseconds in which pieces gather, so that thousands of steps per second are few writes. */
const GATHERED = 200;
/** Milliseconds between tries to write to a file that cannot be written. */
const RETRY_EVERY = 5000;
/** Bytes that wait for a disk that is full or slow, at most. */
const MOST_WAITING = 16 << 20;

export interface AppendFileOptions {
  /** Bytes of the file that stay; what is behind them is overwritten. Left out: the file must not be there. */
  readonly from?: number | undefined;
  /** Called once, when the file cannot be written for the first time. */
  readonly onProblem?: ((error: StorageError) => void) | undefined;
}

export class AppendFile {
  private handle: FileHandle | undefined;
  private end: number;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private lostPieces = 0;
  private problem: StorageError | undefined;
  private retryAt = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Writes run one after another. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    readonly path: string,
    private readonly options: AppendFileOptions = {},
  ) {
    this.end = options.from ?? 0;
  }

  /** Adds a piece, which is written soon. */
  append(piece: Uint8Array): void {
    this.waiting.push(piece);
    this.waitingBytes += piece.length;
    if (this.waitingBytes > MOST_WAITING) {
      this.lostPieces += this.waiting.length;
      this.waiting = [];
      this.waitingBytes = 0;
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (performance.now() >= this.retryAt) this.write();
    }, GATHERED).unref();
  }

  /** Resolves when all pieces are on the disk, or cannot be written. */
  async flush(): Promise<void> {
    this.write();
    await this.last;
    await this.handle?.datasync().catch((cause: unknown) => this.report(cause));
  }

  /** Writes what waits and closes the file. @returns what is missing in it; undefined: nothing */
  async close(): Promise<StorageError | undefined> {
    clearTimeout(this.timer);
    await this.flush();
    // A write that failed halfway may have left a part of a piece.
    await this.handle?.truncate(this.end).catch(() => undefined);
    await this.handle?.close().catch((cause: unknown) => this.report(cause));
    this.handle = undefined;
    const missing = this.lostPieces + this.waiting.length;
    if (missing === 0) return undefined;
    const why = this.problem?.message ?? `${this.path} could not be written fast enough`;
    return new StorageError(this.problem?.reason ?? 'failed', `${why}; ${missing} entries are missing in it`);
  }

  private write(): void {
    this.last = this.last.then(async () => {
      const { waiting: pieces, waitingBytes } = this;
      if (pieces.length === 0) return;
      this.waiting = [];
      this.waitingBytes = 0;
      try {
        this.handle ??= await open(this.path, this.options.from === undefined ? 'wx' : 'r+');
        const bytes = Buffer.concat(pieces);
        for (let at = 0; at < bytes.length; ) {
          const { bytesWritten } = await this.handle.write(bytes, at, bytes.length - at, this.end + at);
          at += bytesWritten;
        }
        this.end += bytes.length;
        this.retryAt = 0;
      } catch (cause) {
        this.waiting = [...pieces, ...this.waiting];
        this.waitingBytes += waitingBytes;
        this.retryAt = performance.now() + RETRY_EVERY;
        this.report(cause);
      }
    });
  }

  private report(cause: unknown): void {
    if (this.problem) return;
    const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause));
    const why = errnoOf(cause) === 'EEXIST' ? 'it exists already' : reason(cause);
    this.problem = new StorageError(full ? 'full' : 'failed', `${this.path} cannot be written: ${why}`, { cause });
    this.options.onProblem?.(this.problem);
  }
}
