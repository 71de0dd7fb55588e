// The first frame of a GIF as Pillow's convert('RGB') gives it: a transparent pixel has its palette colour, and so has the
// canvas around a smaller frame. Our own decoder, since what browsers and npm's decoders return is composited: the colours
// under transparent pixels are lost, and a truncated stream looks like a whole one.
// https://www.w3.org/Graphics/GIF/spec-gif89a.txt

import { DataError } from '../runtime/errors.ts';
import type { DecodedPicture } from './picture-options.ts';

export const isGif = (bytes: Uint8Array): boolean =>
  [0x47, 0x49, 0x46, 0x38].every((byte, i) => bytes[i] === byte) && bytes[5] === 0x61;

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Red, green, blue per index. */
  readonly palette: Uint8Array;
  readonly transparent: number | undefined;
  /** Of the compressed indices. */
  readonly start: number;
}

/**
 * RGB of the first frame, on the whole canvas.
 * @param mostPixels largest width x height
 * @throws DataError where the file holds no image, is too large, or is truncated
 */
export function decodeGif(bytes: Uint8Array, file: string, mostPixels: number): DecodedPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = frames(bytes, view, file);
  const frame = found.next().value;
  if (!frame) throw new DataError(file, bytes.length, 'holds no image');
  const animated = !found.next().done;
  // A frame that extends beyond the canvas makes it larger.
  const width = Math.max(view.getUint16(6, true), frame.x + frame.width);
  const height = Math.max(view.getUint16(8, true), frame.y + frame.height);
  if (width * height > mostPixels)
    throw new DataError(file, 6, `${width}x${height} pixels; at most ${mostPixels} are read`);
  const indices = new Uint8Array(width * height).fill(frame.transparent ?? 0);
  const frameIndices = decompress(bytes, frame, file);
  for (const [i, y] of rowOrder(frame).entries()) {
    const row = frameIndices.subarray(i * frame.width, (i + 1) * frame.width);
    indices.set(row, (frame.y + y) * width + frame.x);
  }
  // Where the file has no colour, Pillow's palette is a ramp of greys.
  const colours = Uint8Array.from({ length: 768 }, (_, i) => frame.palette[i] ?? Math.floor(i / 3));
  const pixels = new Uint8Array(3 * indices.length);
  for (const [i, index] of indices.entries()) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = colours[3 * index + channel] ?? 0;
  }
  return { image: { width, height, channels: 3, pixels }, notes: animated ? ['first-frame'] : [] };
}

function* frames(bytes: Uint8Array, view: DataView, file: string): Generator<Frame, undefined> {
  const palette = (flags: number, at: number) => bytes.subarray(at, flags & 0x80 ? at + (6 << (flags & 7)) : at);
  if (bytes.length < 13) throw new DataError(file, bytes.length, 'ends inside its header');
  const common = palette(bytes[10] ?? 0, 13);
  let transparent: number | undefined;
  for (let at = 13 + common.length; at < bytes.length && bytes[at] !== 0x3b; ) {
    const kind = bytes[at++];
    if (kind === 0x21) {
      // A graphic control extension: flags, two bytes of delay, the transparent index.
      if (bytes[at] === 0xf9) transparent = (bytes[at + 2] ?? 0) & 1 ? bytes[at + 5] : transparent;
      at = afterBlocks(bytes, at + 1);
    } else if (kind === 0x2c && at + 9 <= bytes.length) {
      const [x, y, width, height] = [0, 2, 4, 6].map((offset) => view.getUint16(at + offset, true));
      const flags = bytes[at + 8] ?? 0;
      const own = palette(flags, at + 9);
      const start = at + 9 + own.length;
      yield {
        x: x ?? 0,
        y: y ?? 0,
        width: width ?? 0,
        height: height ?? 0,
        interlaced: (flags & 0x40) !== 0,
        palette: own.length > 0 ? own : common,
        transparent,
        start,
      };
      at = afterBlocks(bytes, start + 1);
    }
  }
}

/** After the blocks that start at `at`: each a length and as many bytes, the last one empty. */
function afterBlocks(bytes: Uint8Array, at: number): number {
  let next = at;
  while (bytes[next]) next += 1 + (bytes[next] ?? 0);
  return next + 1;
}

/** The row of the frame that each row of the stream is. */
function rowOrder({ height, interlaced }: Frame): number[] {
  const passes = interlaced ? [[0, 8] as const, [4, 8] as const, [2, 4] as const, [1, 2] as const] : [[0, 1] as const];
  const rows: number[] = [];
  for (const [first, step] of passes) for (let y = first; y < height; y += step) rows.push(y);
  return rows;
}

/** LZW with codes of up to 12 bits, in blocks of up to 255 bytes: one index per pixel. */
function decompress(bytes: Uint8Array, { width, height, start }: Frame, file: string): Uint8Array {
  const short = () => new DataError(file, Math.min(at, bytes.length), 'truncated: not all of its pixels are there');
  const least = bytes[start] ?? 0;
  if (least < 1 || least > 11) throw new DataError(file, start, `LZW codes of ${least} bits; must be 1 to 11`);
  const [clear, end] = [1 << least, (1 << least) + 1];
  const prefix = new Uint16Array(4096);
  const last = Uint8Array.from({ length: 4096 }, (_, code) => code);
  const stack = new Uint8Array(4097);
  const out = new Uint8Array(width * height);
  let at = start + 1;
  let left = 0; // bytes of the block
  let [word, bits] = [0, 0];
  let [size, next] = [least + 1, end + 1];
  let before = -1;
  let first = 0;
  for (let done = 0; done < out.length; ) {
    while (bits < size) {
      if (left === 0) left = bytes[at++] ?? 0;
      if (left === 0 || at >= bytes.length) throw short();
      word |= (bytes[at++] ?? 0) << bits;
      left--;
      bits += 8;
    }
    const code = word & ((1 << size) - 1);
    word >>>= size;
    bits -= size;
    if (code === end) throw short();
    if (code === clear) {
      [size, next, before] = [least + 1, end + 1, -1];
      continue;
    }
    if (code > next || (code === next && before < 0)) throw new DataError(file, at, `LZW code ${code} is invalid`);
    let depth = 0;
    let chain = code;
    if (code === next) {
      stack[depth++] = first;
      chain = before;
    }
    for (; chain > end; chain = prefix[chain] ?? 0) stack[depth++] = last[chain] ?? 0;
    first = last[chain] ?? 0;
    stack[depth++] = first;
    while (depth > 0 && done < out.length) out[done++] = stack[--depth] ?? 0;
    if (before >= 0 && next < 4096) {
      prefix[next] = before;
      last[next++] = first;
      if (next === 1 << size && size < 12) size++;
    }
    before = code;
  }
  return out;
}
