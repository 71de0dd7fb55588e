// Files that a command writes: whole or not at all. Whether they can be written is asked before the work, not after it.
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { ConfigError } from '../src/runtime/errors.ts';
import { reason } from './input-file.ts';

/** @throws ConfigError where `path` could not be written: no such folder, no permission, or it is a folder */
export async function checkOutput(option: string, path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    const why = reason(cause).replace('no such file', 'no such folder');
    throw new ConfigError(option, path, `cannot be written: ${why}: ${folder}`);
  }
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) throw new ConfigError(option, path, 'cannot be written: it is there and not a file');
}

/** Writes beside the file and renames: who reads it sees the old one or the new one, whole. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const whole = resolve(path);
  const scratch = join(dirname(whole), `.${basename(whole)}.${process.pid}`);
  try {
    // Flushed before it takes the name: what has the name is whole after a power cut too.
    await writeFile(scratch, bytes, { flush: true });
    await rename(scratch, whole);
  } catch (cause) {
    await rm(scratch, { force: true });
    throw new ConfigError('file', path, `cannot be written: ${reason(cause)}`);
  }
}
