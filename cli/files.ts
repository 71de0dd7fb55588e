// The files that a user names. One that cannot be read is bad input. One that a command writes appears whole, read back, or not
// at all; whether it can be written is checked before the work, and what cannot be written after it is saved elsewhere.
import { rmSync } from 'node:fs';
import { link, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { errnoOf, reason } from '../src/node/file-errors.ts';
import { ConfigError, StorageError } from '../src/runtime/errors.ts';
import { isScratchInUse, scratchName } from './file-lock.ts';
import { atExit } from './host/host-process.ts';

/** The file's bytes. @throws ConfigError where there is no such file, or it cannot be read */
export async function readInputFile(path: string): Promise<Uint8Array> {
  try {
    // Pipes and devices may never end.
    if (!(await stat(path)).isFile()) throw new Error('not a file');
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new ConfigError('file', path, `cannot be read: ${reason(cause)}`);
  }
}

/** Whether there is a file of that name. */
export const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() === true;

/** Checks what was written by reading it as its readers will. Throws if it is not what it should be. */
export type Check = (written: Uint8Array) => void;

/** Where something was written, and why it is not where it should be. */
export interface Saved {
  readonly path: string;
  readonly problem?: string;
}

/** The file's absolute path, with all links resolved, whether it exists or not. */
export async function realTarget(path: string): Promise<string> {
  const whole = resolve(path);
  return realpath(whole).catch(async () => {
    const folder = await realpath(dirname(whole)).catch(() => dirname(whole));
    return join(folder, basename(whole));
  });
}

/** @throws ConfigError where `path` could not be written: no such folder, no permission, no room, or it is a folder */
export async function checkOutput(option: string, path: string): Promise<void> {
  const target = await realTarget(path);
  const there = await stat(target).catch(() => undefined);
  if (there && !there.isFile()) throw new ConfigError(option, path, 'cannot be written: it exists and is not a file');
  const scratch = scratchName(target, '.try');
  try {
    // Permission bits say little: root has all of them, even where nothing can be written.
    await writeFile(scratch, 'x');
  } catch (cause) {
    const why = reason(cause).replace('no such file', 'no such folder');
    throw new ConfigError(option, path, `cannot be written: ${why}: ${dirname(target)}; choose another place`);
  } finally {
    await rm(scratch, { force: true }).catch(() => undefined);
  }
}

/**
 * Writes beside the file, reads that back, and renames it: who reads the file sees the old one or the new one, whole.
 * @throws StorageError where it cannot be written, or does not read back; the old one is as it was then
 */
export async function writeWhole(path: string, bytes: Uint8Array, check?: Check): Promise<void> {
  const target = await realTarget(path);
  await throughScratch(path, target, bytes, check, (scratch) => rename(scratch, target));
}

/**
 * Writes under `name`, or a name like it that is free, in the first of the folders that takes it, and else in a folder of its
 * own among the system's temporary ones. Gives its path.
 * @throws StorageError where none takes it
 */
export async function writeFree(
  folders: readonly string[],
  name: string,
  bytes: Uint8Array,
  check?: Check,
): Promise<string> {
  const temporary = () => mkdtemp(join(tmpdir(), 'densenet-'));
  let failure: unknown;
  for (const place of [...folders.map((folder) => async () => folder), temporary]) {
    try {
      const target = await realTarget(join(await place(), name));
      let path = target;
      await throughScratch(target, target, bytes, check, async (scratch) => {
        path = await linkFree(scratch, target);
        await rm(scratch, { force: true });
      });
      return path;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Writes to `path`; where that cannot be, as `writeFree`. @throws StorageError where nothing can be written anywhere */
export async function writeSomewhere(
  path: string,
  folders: readonly string[],
  bytes: Uint8Array,
  check?: Check,
): Promise<Saved> {
  try {
    await writeWhole(path, bytes, check);
    return { path };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { path: await writeFree(folders, basename(path), bytes, check), problem };
  }
}

/** Removes the scratch files that ended processes left of this file. Only the holder of its lock may call it. */
export async function clearScratch(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (isScratchInUse(path, name) === false) await rm(join(dirname(path), name), { force: true });
  }
}

async function throughScratch(
  path: string,
  target: string,
  bytes: Uint8Array,
  check: Check | undefined,
  place: (scratch: string) => Promise<void>,
): Promise<void> {
  const scratch = scratchName(target);
  const forget = atExit(() => rmSync(scratch, { force: true }));
  try {
    // Flushed before it takes the name: what has the name is whole after a power cut too.
    await writeFile(scratch, bytes, { flush: true });
    const written = await readFile(scratch);
    if (!written.equals(bytes)) throw new Error('it does not read back as written');
    check?.(written);
    await place(scratch);
    await flushFolder(dirname(target));
  } catch (cause) {
    await rm(scratch, { force: true }).catch(() => undefined);
    const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause));
    const why = errnoOf(cause) === 'ENOENT' ? `no such folder: ${dirname(target)}` : reason(cause);
    throw new StorageError(full ? 'full' : 'failed', `${path} cannot be written: ${why}`, { cause });
  } finally {
    forget();
  }
}

/** Gives a scratch file the first name that nobody has: `NAME`, `NAME-2`, … */
async function linkFree(scratch: string, target: string): Promise<string> {
  const extension = extname(target);
  const stem = target.slice(0, target.length - extension.length);
  for (let n = 1; ; n++) {
    const path = n === 1 ? target : `${stem}-${n}${extension}`;
    try {
      await link(scratch, path);
      return path;
    } catch (cause) {
      if (errnoOf(cause) === 'EEXIST') continue;
      // Not every file system has links; what is there is not overwritten all the same.
      if (await stat(path).catch(() => undefined)) continue;
      await rename(scratch, path);
      return path;
    }
  }
}

/** So that the new name is there after a power cut. Not every system lets folders be flushed. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
