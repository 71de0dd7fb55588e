// The folder of decoded data sets: `KEY.images`, each written under a scratch name and renamed when it is whole, so that several
// processes may decode the same set at once. Images may be private: nobody else may read them. What nobody has used for a month,
// and what ended processes left, is removed.

import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, statfs, utimes } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { errnoOf } from './file-errors.ts';

const ENDING = '.images';
const DAY = 24 * 3600 * 1000;
const UNUSED_DAYS = 30;

/** The user's own folder for caches, as the system has it. @param kind of what is kept there */
export function defaultCacheDir(kind: 'images' | 'models' = 'images'): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const base =
    process.platform === 'win32'
      ? (LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? join(homedir(), 'Library', 'Caches')
        : XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'densenet-webgpu', kind);
}

export const cacheFile = (dir: string, key: string): string => join(dir, `${key}${ENDING}`);

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
let scratches = 0;
/** A name that no other process has. */
export const scratchFile = (dir: string, key: string): string =>
  join(dir, `.${key}.${host}-${process.pid}-${scratches++}.partial`);

/** Makes the folder, and clears what is no longer of use in it. @throws the system's error where it cannot be written */
export async function openCacheDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined);
    if (found && isOld(name, Date.now() - found.mtimeMs)) await rm(path, { force: true }).catch(() => undefined);
  }
}

function isOld(name: string, age: number): boolean {
  const [, owner = '', pid] = /^\.\w+\.(\w+)-(\d+)-\d+\.partial$/.exec(name) ?? [];
  if (pid === undefined) return name.endsWith(ENDING) && age > UNUSED_DAYS * DAY;
  return owner === host ? !isRunning(Number(pid)) : age > DAY;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errnoOf(cause) === 'EPERM';
  }
}

/** So that it is seen to be in use. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/** Bytes that the folder's disk has room for; infinite where the system does not tell. */
export async function freeBytes(dir: string): Promise<number> {
  const found = await statfs(dir).catch(() => undefined);
  return found && found.blocks > 0 ? found.bavail * found.bsize : Number.POSITIVE_INFINITY;
}
