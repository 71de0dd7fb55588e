// Where rows go as they come: standard output, which may be slow or closed by its reader, or a file. A file's rows are in
// FILE.partial until the last one is: FILE is the old one or the new one, whole, and what an interrupted command had
// written is kept beside it.
import { once } from 'node:events';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import process from 'node:process';
import { errnoOf, reason } from '../../src/node/file-errors.ts';
import { ConfigError, StorageError } from '../../src/runtime/errors.ts';
import { printableLines } from '../../src/runtime/printable.ts';
import { lockFile } from '../file-lock.ts';
import { checkOutput, isFile, realTarget } from '../files.ts';
import { note } from '../output.ts';

export interface RowOutput {
  /** Writes rows. Resolves when there is room for more. @throws StorageError where they cannot be written */
  write(text: string): Promise<void>;
  /** Writes what comes before and after the rows: alone, it is nothing worth keeping. @throws StorageError */
  frame(text: string): Promise<void>;
  /** Call it once, however the command ends. @param complete whether the last row was written */
  end(complete: boolean): Promise<void>;
}

/**
 * Standard output. On a terminal, characters that would control it are escaped; elsewhere bytes are as they are.
 * @param signal aborted when the command is to end: then writing waits for no reader
 */
export function standardOutput(signal: AbortSignal): RowOutput {
  const { stdout } = process;
  const write = async (text: string) => {
    if (text === '') return;
    if (stdout.write(stdout.isTTY ? printableLines(text) : text)) return;
    await once(stdout, 'drain', { signal }).catch(() => undefined);
  };
  return {
    write,
    frame: write,
    end: async () => undefined,
  };
}

/** Opens a file for rows; another run cannot write it meanwhile. */
export class RowFile implements RowOutput {
  private written = 0;
  private hasRows = false;

  private constructor(
    /** As it was given. */
    private readonly path: string,
    private readonly target: string,
    private readonly handle: FileHandle,
    private readonly unlock: () => void,
  ) {}

  /**
   * @param option what errors call it
   * @throws ConfigError where it cannot be written, or would replace a file unasked; StorageError where another run has it
   */
  static async open(option: string, path: string, overwrite: boolean): Promise<RowFile> {
    const target = await realTarget(path);
    await checkOutput(option, path);
    const unlock = await lockFile(option, target);
    try {
      for (const [there, what] of [
        [target, 'already exists'],
        [partialOf(target), `was begun before: its rows are in ${partialOf(path)}`],
      ] as const) {
        if (!overwrite && (await isFile(there)))
          throw new ConfigError(option, path, `${what}: choose another file, or replace it (--overwrite)`);
      }
      const handle = await open(partialOf(target), 'w').catch((cause) => {
        throw new ConfigError(option, path, `cannot be written: ${reason(cause)}`);
      });
      return new RowFile(path, target, handle, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  async write(text: string): Promise<void> {
    await this.frame(text);
    this.hasRows = true;
  }

  async frame(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length; ) at += (await this.handle.write(bytes, at)).bytesWritten;
    } catch (cause) {
      // No part of a row stays behind.
      await this.handle.truncate(this.written).catch(() => undefined);
      throw this.failure(cause);
    }
    this.written += bytes.length;
  }

  async end(complete: boolean): Promise<void> {
    const partial = partialOf(this.target);
    try {
      await this.handle.sync();
      await this.handle.close();
      if (complete) await rename(partial, this.target);
      else if (!this.hasRows) await rm(partial, { force: true });
      else note(`what was written so far is in ${partialOf(this.path)}`);
    } catch (cause) {
      throw this.failure(cause);
    } finally {
      this.unlock();
    }
  }

  private failure(cause: unknown): StorageError {
    const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause));
    const problem = `${this.path} cannot be written: ${reason(cause)}; what was written is in ${partialOf(this.path)}`;
    return new StorageError(full ? 'full' : 'failed', problem, { cause });
  }
}

const partialOf = (path: string): string => `${path}.partial`;
