// Files that a user names. What cannot be read is bad input, and the error says which file and why.
import { readFile, stat } from 'node:fs/promises';
import { ConfigError } from '../src/runtime/errors.ts';

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

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is for reading only',
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reports an error',
};

/** The code of a system's error; empty for anything else. */
export const errnoOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

/** Why the file system refused, without its codes. */
export function reason(cause: unknown): string {
  return REASONS[errnoOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
}
