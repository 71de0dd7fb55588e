// gzip to bytes with the web's own DecompressionStream, which browsers, Node and Deno all have. It writes into one
// buffer of the size that the file's last 4 bytes promise, so that a bomb is refused before it is inflated, and hosts
// that differ about trailing bytes or several members agree: what does not end where it says is an error.

import { DataError } from '../src/runtime/errors.ts';

export const MAX_INFLATED_BYTES = 1 << 30;

/** Deflate makes at most 1032 bytes of one (RFC 1951: a match of 258 bytes in two bits). */
const MAX_RATIO = 1032;
/** 10 bytes of header, 8 of checksum and size (RFC 1952). */
const FRAME_BYTES = 18;
const CHUNK_BYTES = 1 << 16;

/**
 * The content of a gzip file of one member; bytes that do not begin as gzip does come back as they are.
 * @throws DataError where the gzip is corrupt, cut or followed by something, and where it holds more than `limit` bytes.
 */
export async function inflateIfGzipped(
  bytes: Uint8Array,
  file: string,
  limit = MAX_INFLATED_BYTES,
): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  if (bytes.length < FRAME_BYTES) throw new DataError(file, bytes.length, 'truncated: ends inside the gzip header');
  if (bytes[2] !== 8) throw new DataError(file, 2, `gzip method ${bytes[2]}; only 8, deflate, exists`);
  const sizeAt = bytes.length - 4;
  const size = new DataView(bytes.buffer, bytes.byteOffset + sizeAt, 4).getUint32(0, true);
  if (size > limit) throw new DataError(file, sizeAt, `holds ${size} bytes, more than the ${limit} that are inflated`);
  if (size > MAX_RATIO * bytes.length) {
    throw new DataError(file, sizeAt, `truncated or corrupt: ends in a size of ${size} bytes, which cannot be`);
  }
  return inflate(bytes, file, size);
}

async function inflate(bytes: Uint8Array, file: string, size: number): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  let used = 0;
  let fed = 0;
  const source = new ReadableStream<BufferSource>({
    pull(controller) {
      if (fed === bytes.length) return controller.close();
      const chunk = Uint8Array.from(bytes.subarray(fed, fed + CHUNK_BYTES));
      fed += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (used + read.value.length > size) {
        throw new DataError(file, bytes.length - 4, `holds more than the ${size} bytes that it ends in; corrupt`);
      }
      out.set(read.value, used);
      used += read.value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined); // the first error is the one to tell
    if (cause instanceof DataError) throw cause;
    throw new DataError(file, fed, 'truncated or corrupt: the gzip stream breaks off at or before here', { cause });
  }
  if (used < size) throw new DataError(file, bytes.length - 4, `holds ${used} bytes and not the ${size} it ends in`);
  return out;
}
