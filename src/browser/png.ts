// PNGs whose pixels browsers do not give as they are stored: those with alpha, which a canvas multiplies into the colours,
// and those of 16 bits, of which each browser makes 8 in a way of its own. Inflating them is the platform's work
// (DecompressionStream); what is left is to undo filters and interlacing: https://www.w3.org/TR/png-3
// The same 8 bits as Pillow's convert('RGB'): alpha dropped, the upper byte of each value, and 16-bit grey clipped.

import { concatBytes } from '../data/bytes.ts';
import { clippedGrey, type DecodedPicture } from '../data/picture-options.ts';
import { DataError } from '../runtime/errors.ts';

/** Values per pixel by the type of colour; types without alpha are here for their 16 bits. */
const CHANNELS: Readonly<Record<number, 1 | 2 | 3 | 4>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
/** First column, first row and steps of the passes of an interlaced file (Adam7). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

const isPng = (view: DataView) => view.byteLength >= 33 && view.getUint32(0) === 0x89504e47;

function headerOf(view: DataView): Header {
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: view.getUint8(24),
    colour: view.getUint8(25),
    interlaced: view.getUint8(28) === 1,
  };
}

function* chunks(bytes: Uint8Array, view: DataView) {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { name, whole: bytes.subarray(at, at + 12 + length), data: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** The file without the chunk that makes one colour, or colours of the palette, transparent; itself where it has none. */
export function withoutTransparency(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isPng(view)) return bytes;
  const all = [...chunks(bytes, view)];
  if (!all.some(({ name }) => name === 'tRNS')) return bytes;
  return concatBytes([bytes.subarray(0, 8), ...all.flatMap(({ name, whole }) => (name === 'tRNS' ? [] : [whole]))]);
}

/** Whether a file says how its numbers are meant as colours. */
export function hasColourChunk(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    isPng(view) && [...chunks(bytes, view)].some(({ name }) => ['iCCP', 'gAMA', 'cHRM', 'cICP', 'sRGB'].includes(name))
  );
}

/**
 * Grey or RGB of a PNG with an alpha channel or 16 bits; undefined for every other file.
 * @param mostPixels what is too large to be a picture
 * @throws DataError where it is damaged or too large
 */
export async function decodeDeepOrAlphaPng(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  mostPixels: number,
): Promise<DecodedPicture | undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isPng(view)) return undefined;
  const header = headerOf(view);
  const { width, height, depth, colour } = header;
  const channels = CHANNELS[colour];
  if (channels === undefined || (depth !== 16 && !(depth === 8 && colour >= 4))) return undefined;
  if (width === 0 || height === 0 || width * height > mostPixels)
    throw new DataError(file, 16, `${width}x${height} pixels; from 1 to ${mostPixels} are read`);
  const parts = [...chunks(bytes, view)].flatMap(({ name, data }) => (name === 'IDAT' ? [data] : []));
  const size = depth / 8;
  const pixelBytes = channels * size;
  const packed = await inflate(concatBytes(parts), inflatedBytes(header, pixelBytes), file);
  const stored = unfiltered(packed, header, pixelBytes, file);
  if (colour === 0) {
    const samples = Uint16Array.from({ length: width * height }, (_, i) => {
      return ((stored[2 * i] ?? 0) << 8) | (stored[2 * i + 1] ?? 0);
    });
    const notes = samples.some((value) => value > 255) ? (['clipped'] as const) : [];
    return { image: clippedGrey(width, height, samples), notes };
  }
  const kept = channels < 3 ? 1 : 3;
  const pixels = new Uint8Array(kept * width * height);
  for (let pixel = 0, to = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < kept; channel++) pixels[to++] = stored[pixel * pixelBytes + channel * size] ?? 0;
  }
  return { image: { width, height, channels: kept, pixels }, notes: depth === 16 ? ['eight-bits'] : [] };
}

/** Where each pass's pixels lie: a file that is not interlaced is one pass. */
function passesOf({ width, height, interlaced }: Header) {
  const passes = interlaced ? PASSES : ([[0, 0, 1, 1]] as const);
  return passes
    .map(([x, y, stepX, stepY]) => ({
      x,
      y,
      stepX,
      stepY,
      columns: Math.ceil((width - x) / stepX),
      rows: Math.ceil((height - y) / stepY),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

const inflatedBytes = (header: Header, pixelBytes: number) =>
  passesOf(header).reduce((sum, { columns, rows }) => sum + rows * (1 + columns * pixelBytes), 0);

/** @throws DataError where the stream is damaged, or gives less than `expected` bytes */
async function inflate(deflated: Uint8Array<ArrayBuffer>, expected: number, file: string): Promise<Uint8Array> {
  const out = new Uint8Array(expected);
  let at = 0;
  try {
    const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate'));
    for (const reader = stream.getReader(); at < expected; ) {
      const { value, done } = await reader.read();
      if (done) break;
      out.set(value.subarray(0, expected - at), at);
      at += value.length;
      if (at >= expected) await reader.cancel();
    }
  } catch (cause) {
    throw new DataError(file, 0, 'its compressed pixels are damaged', { cause });
  }
  if (at < expected) throw new DataError(file, 0, `its pixels break off after ${at} of ${expected} bytes`);
  return out;
}

/** All pixels as bytes, [height][width][pixelBytes]. */
function unfiltered(packed: Uint8Array, header: Header, pixelBytes: number, file: string): Uint8Array {
  const { width, height } = header;
  const out = new Uint8Array(width * height * pixelBytes);
  let at = 0;
  for (const { x, y, stepX, stepY, columns, rows } of passesOf(header)) {
    let before: Uint8Array = new Uint8Array(columns * pixelBytes);
    for (let row = 0; row < rows; row++) {
      const filter = packed[at++] ?? 0;
      const line = packed.subarray(at, at + columns * pixelBytes);
      at += line.length;
      if (!undo(filter, line, before, pixelBytes)) throw new DataError(file, 0, `filter ${filter} has no meaning`);
      for (let column = 0; column < columns; column++) {
        const to = ((y + row * stepY) * width + x + column * stepX) * pixelBytes;
        for (let byte = 0; byte < pixelBytes; byte++) out[to + byte] = line[column * pixelBytes + byte] ?? 0;
      }
      before = line;
    }
  }
  return out;
}

/** Undoes a row's filter in place; false for one that there is not. */
function undo(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): boolean {
  for (let i = 0; i < line.length && filter !== 0; i++) {
    const left = i < pixelBytes ? 0 : (line[i - pixelBytes] ?? 0);
    const up = above[i] ?? 0;
    const corner = i < pixelBytes ? 0 : (above[i - pixelBytes] ?? 0);
    const guess = filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, corner);
    line[i] = (line[i] ?? 0) + guess;
  }
  return filter <= 4;
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
