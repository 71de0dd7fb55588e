// Files of a data set that are read whole: what is missing or unreadable is a typed error that names it, and gzip is undone.

import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { DataFile } from '../data/idx.ts';
import { ConfigError, DataError } from '../runtime/errors.ts';
import { errnoOf, reason } from './file-errors.ts';

/** Beyond this, an array of bytes cannot be had in every version of Node.js. */
const MOST_BYTES = 2 ** 31;
const inflate = promisify(gunzip);

/** @throws ConfigError where it cannot be read; DataError where it is larger than can be read at once */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // Pipes and devices may never end.
    if (!found.isFile()) throw new Error('not a file');
    if (found.size > MOST_BYTES) {
      throw new DataError(
        path,
        0,
        `${found.size} bytes: more than the ${MOST_BYTES} that are read at once; save it in parts, or its images as files`,
      );
    }
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new ConfigError('file', path, `cannot be read: ${reason(cause)}`);
  }
}

/** The same, inflated where it is gzip. @throws DataError too, for gzip that is damaged, or holds too much */
export async function readInflated(path: string): Promise<DataFile & { readonly stored: Uint8Array }> {
  const stored = await readWhole(path);
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return { name: path, bytes: stored, stored };
  try {
    return { name: path, bytes: new Uint8Array(await inflate(stored, { maxOutputLength: MOST_BYTES })), stored };
  } catch (cause) {
    const problem =
      errnoOf(cause) === 'ERR_BUFFER_TOO_LARGE'
        ? `holds more than ${MOST_BYTES} bytes`
        : 'truncated or corrupt gzip; fetch it again';
    throw new DataError(path, stored.length, problem, { cause });
  }
}
