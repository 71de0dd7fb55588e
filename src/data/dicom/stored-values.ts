// A frame's stored values: decoded, cut to the bits that are stored, with their sign; colours as RGB.

import { DataError } from '../../runtime/errors.ts';
import { type DecodedFrame, decodeFrame } from './codecs.ts';
import { asStoredRgb, readCodestream } from './codestream.ts';
import type { DicomContainer } from './container.ts';
import { type FrameBytes, frameBytes } from './frames.ts';
import type { PixelHeader } from './header.ts';
import { decodeRle } from './rle.ts';

/**
 * [rows][columns][samples]; of a palette the numbers of its colours.
 * @throws DataError for a frame that is damaged, coded as is not read, or is another one than the header says
 */
export async function storedValues(
  container: DicomContainer,
  header: PixelHeader,
  frame: number,
  file: string,
): Promise<Int32Array> {
  const found = frameBytes(container, header, frame, file);
  const { coding, bigEndian } = container;
  const { rows, columns, samples, bitsAllocated, photometric } = header;
  const pixels = rows * columns;
  let values: Int32Array;
  if (coding === 'native' && photometric === 'YBR_FULL_422') values = from422(found.bytes, header);
  else {
    const decoded: DecodedFrame =
      coding === 'native'
        ? {
            bytes: new Uint8Array(found.bytes),
            bytesPerSample: bitsAllocated / 8,
            planar: header.planar && samples === 3,
          }
        : coding === 'rle'
          ? {
              bytes: decodeRle(found.bytes, { pixels, samples, bytes: bitsAllocated / 8 }, found.at, file),
              bytesPerSample: bitsAllocated / 8,
              planar: false,
            }
          : await decodedFrame(container, header, found, file);
    if (decoded.bytes.length < pixels * samples * decoded.bytesPerSample)
      throw new DataError(file, found.at, `a frame of ${container.syntax} that is decoded to too few bytes`);
    // Of big-endian files 8-bit samples may lie in words too.
    const swap = bigEndian && (bitsAllocated > 8 || container.data.elements.x7fe00010?.vr === 'OW');
    values = cut(samplesOf(decoded, pixels, samples, swap), header, coding === 'native' || coding === 'rle');
  }
  // JPEG and JPEG 2000 turn their own colours into RGB as they decode.
  const isYbr = photometric === 'YBR_FULL' || photometric === 'YBR_FULL_422';
  return isYbr && coding !== 'jpeg' && coding !== 'jpeg-2000' ? toRgb(values, header.bitsStored) : values;
}

/** What JPEG's frames are called, where they are not decoded. */
const LOSSLESS = 0xc3;

async function decodedFrame(
  { coding, syntax }: DicomContainer,
  { rows, columns, samples, bitsAllocated, photometric }: PixelHeader,
  { bytes, at }: FrameBytes,
  file: string,
): Promise<DecodedFrame> {
  if (coding === 'native' || coding === 'rle') throw new DataError(file, at, 'is not coded');
  const refuse = (problem: string) => new DataError(file, at, `a frame of ${syntax} ${problem}`);
  const found = readCodestream(bytes);
  const kinds = { jpeg: [0xc0, 0xc1, 0xc2], 'jpeg-lossless': [LOSSLESS], 'jpeg-ls': [0xf7], 'jpeg-2000': [0x51] };
  if (!found) throw refuse('that does not begin as one');
  const { kind, width, height, bits } = found;
  if (!kinds[coding].includes(kind)) throw refuse(`that is of another kind (${kind.toString(16)})`);
  if (width !== columns || height !== rows || found.samples !== samples)
    throw refuse(
      `that has ${width} x ${height} pixels of ${found.samples} samples, where its header has ${columns} x ${rows} of ${samples}`,
    );
  if (coding === 'jpeg' && bits !== 8) throw refuse(`that has ${bits} bits per sample; of lossy JPEG only 8 are read`);
  if (bits > bitsAllocated || bits > 16 || bits < 2)
    throw refuse(`that has ${bits} bits per sample, of ${bitsAllocated}`);
  try {
    return await decodeFrame(coding === 'jpeg' && photometric === 'RGB' ? asStoredRgb(bytes) : bytes, coding, bits);
  } catch (cause) {
    // Some decoders throw numbers, and what they say may quote the file.
    const memory = cause instanceof RangeError && /memory|allocation/i.test(cause.message);
    throw refuse(memory ? 'that needs more memory than there is' : 'that is damaged');
  }
}

/** Interleaved samples, as they lie in their words. */
function samplesOf(
  { bytes, bytesPerSample, planar }: DecodedFrame,
  pixels: number,
  samples: number,
  swap: boolean,
): Int32Array {
  const out = new Int32Array(pixels * samples);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = !swap;
  for (let i = 0; i < out.length; i++) {
    const from = planar ? (i % samples) * pixels + Math.floor(i / samples) : i;
    if (bytesPerSample === 1) out[i] = bytes[swap && (from ^ 1) < bytes.length ? from ^ 1 : from] ?? 0;
    else if (bytesPerSample === 2) out[i] = view.getUint16(2 * from, littleEndian);
    else out[i] = view.getInt32(4 * from, littleEndian);
  }
  return out;
}

/** Without bits that are not of the value (overlays lie there), and with its sign. */
function cut(values: Int32Array, { bitsStored, highBit, signed }: PixelHeader, placed: boolean): Int32Array {
  const shift = placed ? highBit + 1 - bitsStored : 0;
  const [up, down] = [32 - bitsStored - shift, 32 - bitsStored];
  for (let i = 0; i < values.length; i++) {
    const word = (values[i] ?? 0) << up;
    values[i] = signed ? word >> down : word >>> down;
  }
  return values;
}

/** Two pixels share their colour: Y Y Cb Cr. */
function from422(bytes: Uint8Array, { rows, columns }: PixelHeader): Int32Array {
  const out = new Int32Array(3 * rows * columns);
  const pairs = Math.ceil(columns / 2);
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, to += 3) {
      const from = 4 * (row * pairs + (column >> 1));
      out[to] = bytes[from + (column & 1)] ?? 0;
      out[to + 1] = bytes[from + 2] ?? 0;
      out[to + 2] = bytes[from + 3] ?? 0;
    }
  }
  return out;
}

/** PS3.3, C.7.6.3.1.2: YBR_FULL, of full range. */
function toRgb(values: Int32Array, bits: number): Int32Array {
  const [middle, most] = [2 ** (bits - 1), 2 ** bits - 1];
  const clip = (value: number) => Math.min(most, Math.max(0, Math.round(value)));
  for (let i = 0; i + 2 < values.length; i += 3) {
    const [y = 0, cb = 0, cr = 0] = [values[i], (values[i + 1] ?? 0) - middle, (values[i + 2] ?? 0) - middle];
    values[i] = clip(y + 1.402 * cr);
    values[i + 1] = clip(y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587);
    values[i + 2] = clip(y + 1.772 * cb);
  }
  return values;
}
