// The elements of a dataset: in one piece, in its header, or in chunks that are perhaps deflated and shuffled. Those in one piece
// are a part of the file, not a copy.

import { unzlibSync } from 'fflate';
import { MAX_RATIO } from '../unzip.ts';
import { type Hdf5Bytes, UNDEFINED } from './cursor.ts';
import { MESSAGE, type Message } from './headers.ts';

interface Elements {
  readonly shape: readonly number[];
  /** Of an element. */
  readonly size: number;
  /** Of all of them. */
  readonly bytes: number;
}

const CONTIGUOUS = 1;
const CHUNKED = 2;
const MOST_LEVELS = 16;

/** @throws DataError where they are not there, or written in a way that is not read */
export function readElements(from: Hdf5Bytes, messages: readonly Message[], elements: Elements): Uint8Array {
  const layout = messages.find(({ type }) => type === MESSAGE.layout);
  if (!layout) throw from.error(0, 'damaged: a dataset that says nowhere where its numbers are');
  const { at } = layout;
  const version = from.u8(at);
  const kind = from.u8(at + 1);
  if ((version !== 3 && version !== 4) || (version === 4 && kind === CHUNKED)) {
    throw from.error(
      at,
      `its numbers are laid out as in version ${version} of HDF5's layouts, which is not read: write it with ` +
        'h5py.File(…, libver="earliest")',
    );
  }
  if (elements.bytes === 0) return new Uint8Array();
  if (kind === CHUNKED) return readChunks(from, messages, at, elements);
  const start = kind === CONTIGUOUS ? from.offset(at + 2) : at + 4;
  const size = kind === CONTIGUOUS ? from.u64(at + 10) : from.u16(at + 2);
  if (start === UNDEFINED) throw from.error(at, 'has a dataset whose numbers were never written');
  if (size !== elements.bytes) {
    throw from.error(at, `damaged: ${elements.bytes} bytes are needed for [${elements.shape}], ${size} are there`);
  }
  return from.claim(start, size);
}

interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

function readFilters(from: Hdf5Bytes, messages: readonly Message[]): readonly Filter[] {
  const message = messages.find(({ type }) => type === MESSAGE.filters);
  if (!message) return [];
  const version = from.u8(message.at);
  const count = from.u8(message.at + 1);
  let at = message.at + (version === 1 ? 8 : 2);
  return Array.from({ length: count }, () => {
    const id = from.u16(at);
    const hasName = version === 1 || id >= 256;
    const name = hasName ? from.u16(at + 2) : 0;
    at += hasName ? 4 : 2;
    const values = from.u16(at + 2);
    at += 4 + (version === 1 ? (name + 7) & ~7 : name);
    const filter = { id, values: Array.from({ length: values }, (_, i) => from.u32(at + 4 * i)) };
    at += 4 * (values + (version === 1 ? values % 2 : 0));
    return filter;
  });
}

function readChunks(
  from: Hdf5Bytes,
  messages: readonly Message[],
  layout: number,
  { shape, size, bytes }: Elements,
): Uint8Array {
  const rank = shape.length;
  const tree = from.offset(layout + 3);
  const chunk = shape.map((_, axis) => from.u32(layout + 11 + 4 * axis));
  const chunkBytes = chunk.reduce((product, length) => product * length, size);
  const isWrong =
    from.u8(layout + 2) !== rank + 1 ||
    chunk.some((length, axis) => length < 1 || length > (shape[axis] ?? 0)) ||
    bytes > MAX_RATIO * from.bytes.length;
  if (isWrong) throw from.error(layout, `damaged: chunks of [${chunk}] for [${shape}]`);
  const filters = readFilters(from, messages);
  from.claimInflated(layout, bytes);
  const seen = new Set<string>();
  const out = new Uint8Array(bytes);
  let left = bytes;
  const keyBytes = 8 + 8 * (rank + 1);
  const nodes: { at: number; level: number | undefined }[] = tree === UNDEFINED ? [] : [{ at: tree, level: undefined }];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    from.signature(node.at, 'TREE');
    const level = from.u8(node.at + 5);
    if (from.u8(node.at + 4) !== 1 || level > MOST_LEVELS || (node.level !== undefined && level !== node.level - 1))
      throw from.error(node.at, 'damaged: a tree of chunks is none');
    const count = from.u16(node.at + 6);
    for (let i = 0; i < count; i++) {
      const key = node.at + 24 + i * (keyBytes + 8);
      const child = from.offset(key + keyBytes);
      if (level > 0) {
        nodes.push({ at: child, level });
        continue;
      }
      const first = shape.map((_, axis) => from.u64(key + 8 + 8 * axis));
      const place = String(first);
      if (
        seen.has(place) ||
        first.some((start, axis) => start % (chunk[axis] ?? 1) !== 0 || start >= (shape[axis] ?? 0))
      )
        throw from.error(key, 'damaged: a chunk lies outside, or on another');
      seen.add(place);
      const packed = from.take(child, from.u32(key));
      const content = unfiltered(from, packed, {
        filters,
        mask: from.u32(key + 4),
        size,
        wanted: chunkBytes,
        at: child,
      });
      left -= copyChunk({ out, shape, size }, content, chunk, first);
    }
  }
  if (left !== 0) throw from.error(layout, 'has a dataset of which some chunks are missing');
  return out;
}

/** Copies what of a chunk lies inside; returns how many bytes that were. */
function copyChunk(
  { out, shape, size }: { readonly out: Uint8Array; readonly shape: readonly number[]; readonly size: number },
  content: Uint8Array,
  chunk: readonly number[],
  first: readonly number[],
): number {
  const rank = shape.length;
  const extent = shape.map((length, axis) => Math.min(chunk[axis] ?? 0, length - (first[axis] ?? 0)));
  const row = (extent[rank - 1] ?? 1) * size;
  const rows = extent.slice(0, -1).reduce((product, length) => product * length, 1);
  for (let r = 0; r < rows; r++) {
    let [rest, to, source, toStride, sourceStride] = [
      r,
      first[rank - 1] ?? 0,
      0,
      shape[rank - 1] ?? 1,
      chunk[rank - 1] ?? 1,
    ];
    for (let axis = rank - 2; axis >= 0; axis--) {
      const length = extent[axis] ?? 1;
      const index = rest % length;
      rest = Math.floor(rest / length);
      to += ((first[axis] ?? 0) + index) * toStride;
      source += index * sourceStride;
      toStride *= shape[axis] ?? 1;
      sourceStride *= chunk[axis] ?? 1;
    }
    out.set(content.subarray(source * size, source * size + row), to * size);
  }
  return rows * row;
}

const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER = 3;
const NAMES: Readonly<Record<number, string>> = {
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  32000: 'lzf',
  32001: 'blosc',
};

interface Unfiltering {
  readonly filters: readonly Filter[];
  readonly mask: number;
  readonly size: number;
  readonly wanted: number;
  readonly at: number;
}

function unfiltered(from: Hdf5Bytes, packed: Uint8Array, { filters, mask, size, wanted, at }: Unfiltering): Uint8Array {
  let bytes = packed;
  for (const [i, { id }] of [...filters.entries()].toReversed()) {
    if (mask & (1 << i)) continue;
    if (id === DEFLATE) bytes = inflated(from, bytes, wanted + 4, at);
    else if (id === SHUFFLE) bytes = unshuffled(bytes, size);
    else if (id === FLETCHER) bytes = bytes.subarray(0, Math.max(0, bytes.length - 4));
    else {
      const name = NAMES[id] ?? `number ${id}`;
      throw from.error(at, `its numbers are packed by the filter ${name}; only gzip and shuffle are read`);
    }
  }
  if (bytes.length !== wanted)
    throw from.error(at, `damaged: a chunk has ${bytes.length} bytes where ${wanted} are needed`);
  return bytes;
}

/** @param most what it may become: what is larger is cut off, and found out by its length */
function inflated(from: Hdf5Bytes, bytes: Uint8Array, most: number, at: number): Uint8Array {
  try {
    return unzlibSync(bytes, { out: new Uint8Array(Math.min(most, MAX_RATIO * bytes.length + 64)) });
  } catch (cause) {
    throw from.error(at, `damaged: a chunk that gzip cannot unpack (${String(cause)})`);
  }
}

/** All first bytes of the elements, then all second ones, …: put together again. */
function unshuffled(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / size);
  const out = bytes.slice();
  for (let part = 0; part < size; part++) {
    for (let i = 0; i < count; i++) out[i * size + part] = bytes[part * count + i] ?? 0;
  }
  return out;
}
