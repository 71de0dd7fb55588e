// A large file into memory, with its progress and a way to stop; and what tells it from every other file.

import { sha256 as digestOf } from '../../src/data/sha256.ts';
import { DataError } from '../../src/runtime/errors.ts';

/** More than any DenseNet has, and less than what makes a browser's tab fall over. */
export const MOST_BYTES = 1_500_000_000;

/**
 * @param onProgress given the bytes read so far
 * @throws DataError for a file past MOST_BYTES, past this machine's memory, or one that went away; AbortError
 */
export async function readBytes(
  file: Blob,
  name: string,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > MOST_BYTES) {
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
    const problem = `has ${megabytes(file.size)}; at most ${megabytes(MOST_BYTES)} are read, more than any DenseNet needs`;
    throw new DataError(name, 0, problem);
  }
  const bytes = allocate(file.size, name);
  let at = 0;
  try {
    for await (const chunk of chunks(file.stream())) {
      signal.throwIfAborted();
      bytes.set(chunk, at);
      at += chunk.length;
      onProgress(at);
    }
    signal.throwIfAborted();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new DataError(name, at, 'cannot be read any more: it was moved or changed; choose it again', { cause });
  }
  return bytes;
}

function allocate(size: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new DataError(name, 0, `needs ${size} bytes of memory, which this browser does not have`, { cause });
  }
}

/** Not every browser has streams to walk with `for await`. */
async function* chunks(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** SHA-256 in hexadecimal; '' where the page is not secure, and browsers compute none. */
export const sha256 = async (bytes: Uint8Array): Promise<string> => (globalThis.crypto?.subtle ? digestOf(bytes) : '');
