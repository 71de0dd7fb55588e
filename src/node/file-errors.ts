// Why the file system refused, in words.

/** The code of a system's error; empty for anything else. */
export const errnoOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

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

/** Why the file system refused, without its codes. */
export function reason(cause: unknown): string {
  return REASONS[errnoOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
}
