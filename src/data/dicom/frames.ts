// The bytes of one frame: a part of the pixel data, or the fragments in which a coded frame lies (PS3.5, annex A.4).

import type { Element } from 'dicom-parser';
import { DataError } from '../../runtime/errors.ts';
import { concatBytes } from '../bytes.ts';
import type { DicomContainer } from './container.ts';
import type { PixelHeader } from './header.ts';

export interface FrameBytes {
  readonly bytes: Uint8Array;
  /** Where they begin in the file. */
  readonly at: number;
}

const PIXELS = 'x7fe00010';
const OTHER_PIXELS: Readonly<Record<string, string>> = {
  x7fe00008: '(7FE0,0008): pixels are float32, which is not read',
  x7fe00009: '(7FE0,0009): pixels are float64, which is not read',
};

/** @throws DataError where there are no pixels, or fewer than the header says */
export function frameBytes(
  { data, coding }: DicomContainer,
  header: PixelHeader,
  frame: number,
  file: string,
): FrameBytes {
  const element = data.elements[PIXELS];
  if (!element) {
    const other = Object.keys(OTHER_PIXELS).find((tag) => data.elements[tag]);
    throw new DataError(
      file,
      0,
      other ? (OTHER_PIXELS[other] ?? '') : '(7FE0,0010): holds no pixels: a report or a plan, say, and no picture',
    );
  }
  const whole = data.byteArray;
  if (coding !== 'native') return coded(element, whole, header.frames, frame, file);
  if (element.fragments)
    throw new DataError(file, element.dataOffset, '(7FE0,0010): pixels in fragments, which only coded ones are');
  const bytes = nativeBytes(header);
  const at = element.dataOffset + frame * bytes;
  const there = Math.min(element.dataOffset + element.length, whole.length);
  if (at + bytes > there)
    throw new DataError(
      file,
      element.dataOffset,
      `(7FE0,0010): ${there - element.dataOffset} bytes of pixels; ${header.frames} x ${bytes} are needed`,
    );
  return { bytes: whole.subarray(at, at + bytes), at };
}

/** Of an uncompressed frame. */
export const nativeBytes = ({ rows, columns, samples, bitsAllocated, photometric }: PixelHeader): number =>
  photometric === 'YBR_FULL_422' ? 4 * rows * Math.ceil(columns / 2) : (rows * columns * samples * bitsAllocated) / 8;

function coded(element: Element, whole: Uint8Array, frames: number, frame: number, file: string): FrameBytes {
  const { fragments = [], basicOffsetTable = [], dataOffset } = element;
  const parts = fragments.map(({ position, length, offset }) => ({
    bytes: whole.subarray(position, position + length),
    offset,
    at: position,
  }));
  if (parts.some(({ bytes }, i) => bytes.length < (fragments[i]?.length ?? 0)))
    throw new DataError(file, dataOffset, '(7FE0,0010): a fragment ends with the file');
  const starts = startsOf(parts, basicOffsetTable, frames);
  if (!starts)
    throw new DataError(
      file,
      dataOffset,
      `(7FE0,0010): ${parts.length} fragments, of which ${frames} frames cannot be told apart`,
    );
  const own = parts.slice(starts[frame], starts[frame + 1] ?? parts.length);
  const [first] = own;
  if (!first) throw new DataError(file, dataOffset, '(7FE0,0010): holds no fragment of this frame');
  return { bytes: own.length === 1 ? first.bytes : concatBytes(own.map(({ bytes }) => bytes)), at: first.at };
}

/** The fragment that each frame begins with: by the table of offsets, one per frame, or by how a coded picture begins. */
function startsOf(
  parts: readonly { readonly bytes: Uint8Array; readonly offset: number }[],
  offsets: readonly number[],
  frames: number,
): readonly number[] | undefined {
  if (frames === 1) return [0];
  if (offsets.length === frames) {
    const starts = offsets.map((offset) => parts.findIndex((part) => part.offset === offset));
    if (starts.every((start, i) => start >= 0 && start > (starts[i - 1] ?? -1))) return starts;
  }
  if (parts.length === frames) return [...parts.keys()];
  const begins = [...parts.keys()].filter((i) => isStart(parts[i]?.bytes));
  return begins.length === frames ? begins : undefined;
}

/** JPEG and JPEG-LS begin with FFD8, JPEG 2000 with FF4F. */
const isStart = (bytes: Uint8Array | undefined) => bytes?.[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f);
