// A queue of files cut into portions that are read at once.

/** Bytes of files that are in memory for a portion, unless one file alone has more. */
const MAX_BYTES = 32 * 2 ** 20;

/** Portions of at most `count` values whose files have at most MAX_BYTES, one value at least, in their order. */
export function chunksOf<T>(values: readonly T[], count: number, bytesOf: (value: T) => number): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const value of values) {
    const size = bytesOf(value);
    const last = chunks.at(-1);
    if (last && last.length < count && bytes + size <= MAX_BYTES) {
      last.push(value);
      bytes += size;
    } else {
      chunks.push([value]);
      bytes = size;
    }
  }
  return chunks;
}
