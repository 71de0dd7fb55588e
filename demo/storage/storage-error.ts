// What browsers throw when storage fails, as our own typed errors; and which file names a storage folder takes. Pure.

import { ConfigError, DenseNetError, StorageError } from '../../src/runtime/errors.ts';

/** The longest name, in UTF-16 units: file systems take 255 bytes, and a temporary name is a little longer. */
const MOST_UNITS = 80;

/** A name that any storage folder takes, as close to `text` as can be: no path, no control characters, not too long. */
export function storageName(text: string): string {
  const last = text.split(/[\\/]/).at(-1) ?? '';
  const plain = last
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}:*?"<>|]/gu, '')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  if (plain.length <= MOST_UNITS) return plain || 'file';
  const dot = plain.lastIndexOf('.');
  const extension = dot > 0 && plain.length - dot <= 16 ? plain.slice(dot) : '';
  return plain.slice(0, MOST_UNITS - extension.length).replace(/[\uD800-\uDBFF]$/, '') + extension;
}

/** @throws ConfigError for a name that `storageName` would change */
export function checkStorageName(name: string): string {
  if (name === storageName(name)) return name;
  throw new ConfigError('name', name, `is no name for a kept file; ${JSON.stringify(storageName(name))} is`);
}

/** What was thrown while `doing` something, as a StorageError; our own errors and cancellations pass unchanged. */
export function storageError(thrown: unknown, doing: string): unknown {
  if (thrown instanceof DenseNetError || nameOf(thrown) === 'AbortError') return thrown;
  const strings = thrown instanceof Error ? thrown.message : String(thrown);
  switch (nameOf(thrown)) {
    case 'QuotaExceededError':
      return full(doing, thrown);
    case 'SecurityError':
    case 'NotAllowedError':
    case 'UnknownError':
      return unavailable(strings, thrown);
    case 'NoModificationAllowedError':
    case 'InvalidStateError':
      return new StorageError('busy', `${doing}: another tab is using this file; close it or wait`, { cause: thrown });
    case 'NotFoundError':
      return new StorageError('missing', `${doing}: there is no such file here`, { cause: thrown });
    default:
      return new StorageError('failed', `${doing}: ${strings}`, { cause: thrown });
  }
}

export const unavailable = (why: string, cause?: unknown) =>
  new StorageError(
    'unavailable',
    `this browser keeps no files for this page (${why}): private windows and pages that are not secure have no ` +
      'storage. What is loaded works until the page is closed; download what you want to keep',
    { cause },
  );

/** @param room bytes that were free, where the browser says so */
export function full(doing: string, cause?: unknown, room?: { readonly needed: number; readonly free: number }) {
  const figures = room ? ` (${megabytes(room.needed)} needed, ${megabytes(room.free)} free)` : '';
  return new StorageError(
    'full',
    `${doing}: no room is left in this browser's storage for this page${figures}; delete kept files`,
    { cause },
  );
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

const nameOf = (thrown: unknown) =>
  typeof thrown === 'object' && thrown !== null && 'name' in thrown ? thrown.name : undefined;
