// EXIF orientation, how a camera was held: found in a JPEG, PNG or WebP, and undone. Decoders differ in what they rotate by
// themselves (browsers everything, Pillow nothing); here every picture is decoded as it is stored and rotated afterwards, the
// same everywhere. A TIFF's own orientation and the rotation of HEIF and AVIF are their decoders' concern.

import type { DecodedImage } from './preprocess.ts';

/** 1 is upright; 2 to 8 are the other ways to lay out a rectangle (EXIF 2.32, tag 0x0112). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

interface Found {
  readonly orientation: Orientation;
  /** Byte offset of the tag's value, two bytes. */
  readonly at: number;
  readonly littleEndian: boolean;
}

/** 1 where a file does not say. */
export const exifOrientation = (bytes: Uint8Array): Orientation => find(bytes)?.orientation ?? 1;

/** The same file with orientation 1 (upright), so that no decoder rotates it; itself where it has that already. */
export function asStored(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const found = find(bytes);
  if (!found || found.orientation === 1) return bytes;
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint16(found.at, 1, found.littleEndian);
  return copy;
}

/** Where the pixel at column x and row y of the upright picture is stored. */
const SOURCES: Readonly<
  Record<Orientation, (x: number, y: number, width: number, height: number) => readonly [number, number]>
> = {
  1: (x, y) => [x, y],
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, height) => [y, height - 1 - x],
  7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
  8: (x, y, width) => [width - 1 - y, x],
};

/** The picture upright: Pillow's ImageOps.exif_transpose. */
export function upright(image: DecodedImage, orientation: Orientation): DecodedImage {
  if (orientation === 1) return image;
  const { width, height, channels, pixels } = image;
  const [columns, rows] = orientation > 4 ? [height, width] : [width, height];
  // The mapping is linear: where the first pixel is stored, and how far the next one to the right and below is.
  const place = (x: number, y: number) => {
    const [column, row] = SOURCES[orientation](x, y, width, height);
    return row * width + column;
  };
  const origin = place(0, 0);
  const [right, below] = [place(1, 0) - origin, place(0, 1) - origin];
  const rotated = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const from = (origin + x * right + y * below) * channels;
      for (let channel = 0; channel < channels; channel++) rotated[to++] = pixels[from + channel] ?? 0;
    }
  }
  return { width: columns, height: rows, channels, pixels: rotated };
}

function find(bytes: Uint8Array): Found | undefined {
  const start = exifStart(bytes);
  return start === undefined ? undefined : orientationTag(bytes, start);
}

const isText = (bytes: Uint8Array, at: number, text: string): boolean =>
  [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** Byte offset of the TIFF header of the EXIF data. */
function exifStart(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    // Segments up to the start of the scan; 0xff may fill the space before a marker.
    for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
      if (bytes[at + 1] === 0xff) at++;
      else if (bytes[at + 1] === 0xe1 && isText(bytes, at + 4, 'Exif\0\0')) return at + 10;
      else at += 2 + view.getUint16(at + 2);
    }
    return undefined;
  }
  if (isText(bytes, 0, '\x89PNG')) {
    for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at))
      if (isText(bytes, at + 4, 'eXIf')) return at + 8;
    return undefined;
  }
  if (isText(bytes, 0, 'RIFF') && isText(bytes, 8, 'WEBP')) {
    // Chunks are padded to an even length.
    for (let at = 12; at + 8 <= bytes.length; at += 8 + ((view.getUint32(at + 4, true) + 1) & ~1))
      if (isText(bytes, at, 'EXIF')) return isText(bytes, at + 8, 'Exif\0\0') ? at + 14 : at + 8;
  }
  return undefined;
}

/** The tag in the first directory of a TIFF header; undefined where it is missing or not an orientation. */
function orientationTag(bytes: Uint8Array, start: number): Found | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = isText(bytes, start, 'II');
  if (start + 8 > bytes.length || !(littleEndian || isText(bytes, start, 'MM'))) return undefined;
  const directory = start + view.getUint32(start + 4, littleEndian);
  if (directory + 2 > bytes.length) return undefined;
  const entries = view.getUint16(directory, littleEndian);
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= bytes.length; i++, at += 12) {
    if (view.getUint16(at, littleEndian) !== 0x0112) continue;
    const value = view.getUint16(at + 8, littleEndian);
    return isOrientation(value) ? { orientation: value, at: at + 8, littleEndian } : undefined;
  }
  return undefined;
}

const isOrientation = (value: number): value is Orientation => Number.isInteger(value) && value >= 1 && value <= 8;
