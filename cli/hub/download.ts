// One file from a server into a folder: whole, held to its SHA-256 and its size, or not at all. What a broken connection left is
// kept, and goes on where it ended: of the same content only, which its name says.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reason } from '../../src/node/file-errors.ts';
import { ConfigError, DataError, StorageError } from '../../src/runtime/errors.ts';

/** What a server says of a file before it is fetched. */
export interface RemoteFile {
  readonly url: string;
  /** What errors call it. */
  readonly title: string;
  /** In hexadecimal; undefined: nobody says it. */
  readonly sha256: string | undefined;
  readonly size: number | undefined;
}

export interface DownloadOptions {
  /** Where it is to lie. */
  readonly to: string;
  readonly signal: AbortSignal;
  /** Told how many bytes are here, and of how many. */
  readonly onProgress: (bytes: number, of: number | undefined) => void;
  /** Milliseconds before a broken connection is tried again; the next time twice as many. */
  readonly pause?: number;
}

/** How often a connection may break without a byte between. */
const MOST_FAILURES = 4;
const PAUSE = 500;

/**
 * @throws DataError where the server has no such file, the connection breaks again and again, or the file is not what was promised;
 * StorageError where it cannot be written; the signal's reason
 */
export async function download(file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { to, signal, pause = PAUSE } = options;
  const partial = `${to}.${file.sha256?.slice(0, 16) ?? 'unnamed'}.partial`;
  await mkdir(dirname(to), { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new StorageError(
      'failed',
      `${dirname(to)} cannot be made: ${reason(cause)}; choose another folder (--cache)`,
    );
  });
  // Of what nobody says the SHA-256, nobody knows whether it is still the same.
  if (file.sha256 === undefined) await rm(partial, { force: true });
  for (let failures = 0; ; ) {
    const before = await sizeOf(partial);
    const broken = await fetchRest(file, partial, before, options);
    const now = await sizeOf(partial);
    if (broken === undefined) break;
    signal.throwIfAborted();
    failures = now > before ? 1 : failures + 1;
    if (failures >= MOST_FAILURES) {
      const rest = now > 0 && file.sha256 !== undefined ? `; ${now} bytes are kept: the next try goes on there` : '';
      throw new DataError(file.title, now, `cannot be fetched: the connection breaks (${broken})${rest}`);
    }
    await pauseFor(pause * 2 ** (failures - 1), signal);
  }
  await check(file, partial);
  await rename(partial, to).catch((cause) => {
    throw new StorageError('failed', `${to} cannot be written: ${reason(cause)}`);
  });
}

const sizeOf = async (path: string) => (await stat(path).catch(() => undefined))?.size ?? 0;

const pauseFor = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });

/** Appends what is missing. Returns why the connection broke; undefined: it did not. */
async function fetchRest(
  { url, title, size }: RemoteFile,
  partial: string,
  have: number,
  { signal, onProgress }: DownloadOptions,
): Promise<string | undefined> {
  if (size !== undefined && have === size && have > 0) return undefined;
  let response: Response;
  try {
    response = await fetch(url, {
      signal,
      headers: { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) },
    });
  } catch (cause) {
    return brokenBy(cause, signal);
  }
  // Longer than the file, or a server that cannot go on: from the beginning.
  const goesOn = response.status === 206 && rangeStart(response) === have;
  if (response.status === 416) {
    await rm(partial, { force: true });
    await response.body?.cancel();
    return 'what was kept is longer than the file';
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    if (response.status >= 500 || response.status === 429) return `the server answers ${response.status}`;
    throw new DataError(title, 0, `cannot be fetched: the server answers ${response.status}`);
  }
  let bytes = goesOn ? have : 0;
  const handle = await open(partial, goesOn ? 'a' : 'w', 0o600).catch((cause) => {
    throw new StorageError('failed', `${partial} cannot be written: ${reason(cause)}; choose another folder (--cache)`);
  });
  try {
    for await (const chunk of response.body) {
      await handle.write(chunk).catch((cause) => {
        throw new StorageError(
          'failed',
          `${partial} cannot be written: ${reason(cause)}; make room, or choose another folder (--cache)`,
        );
      });
      bytes += chunk.length;
      onProgress(bytes, size);
      // No more is written than can be of use; what is there is refused for its size.
      if (size !== undefined && bytes > size) break;
    }
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    return brokenBy(cause, signal);
  } finally {
    await handle.close();
  }
  return size !== undefined && bytes < size ? `it ended after ${bytes} of ${size} bytes` : undefined;
}

const rangeStart = (response: Response): number | undefined => {
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return start === undefined ? undefined : Number(start);
};

/** @throws the signal's reason, where that is why */
function brokenBy(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) throw signal.reason;
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

/** @throws DataError where it is not what was promised, and then it is not kept */
async function check({ title, sha256, size }: RemoteFile, partial: string): Promise<void> {
  const there = await sizeOf(partial);
  if (size !== undefined && there !== size) {
    await rm(partial, { force: true });
    throw new DataError(title, there, `has ${there} bytes, but the hub says ${size}; fetch it again`);
  }
  if (sha256 === undefined) return;
  const found = await sha256Of(partial);
  if (found === sha256) return;
  await rm(partial, { force: true });
  throw new DataError(
    title,
    0,
    `its SHA-256 is ${found}, not ${sha256}: it was damaged or changed on its way, and is not kept; fetch it again, or from ` +
      'another place',
  );
}

/** In hexadecimal. @throws ConfigError where it cannot be read */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (cause) {
    throw new ConfigError('file', path, `cannot be read: ${reason(cause)}`);
  }
  return hash.digest('hex');
}
