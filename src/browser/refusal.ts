// Why a file is not classified or learned from. Plain values, so that they cross from the worker and are put into words
// in the visitor's language; in exports they stand under their `kind`.

import { NOTE_TEXTS, type PictureNote } from '../data/picture-options.ts';
import type { ForeignFormat, ImageFormat, ImageHeader } from './image-header.ts';

export type Refusal =
  | { readonly kind: 'empty' }
  /** The browser could not read the file from the disk: it was moved, or may not be read. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'not-an-image' }
  | { readonly kind: 'too-many-bytes'; readonly bytes: number }
  | { readonly kind: 'too-many-pixels'; readonly width: number; readonly height: number }
  /** A format that this browser does not decode. */
  | { readonly kind: 'foreign-format'; readonly format: ForeignFormat | ImageFormat }
  | { readonly kind: 'truncated'; readonly format: ImageFormat }
  | { readonly kind: 'damaged'; readonly format: ImageFormat }
  /** Decoded, and then something failed, in its own words: no memory for its pixels, say. */
  | { readonly kind: 'failed'; readonly detail: string };

/** What is worth knowing of a file that is read. */
export type ImageNote =
  | PictureNote
  /** Transparent, in a format whose colours a browser gives only multiplied by alpha: they are rounded. */
  | 'rounded';

/** A refusal as an error's message ends, in English. */
export function refusalProblem(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'empty':
      return 'is empty (0 bytes)';
    case 'unreadable':
      return 'cannot be read: it was moved or changed, or may not be read';
    case 'not-an-image':
      return 'is not an image; PNG, JPEG, WebP, GIF and what else this browser decodes are read';
    case 'too-many-bytes':
      return `has ${refusal.bytes} bytes, more than the ${MAX_FILE_BYTES} of an image; save it smaller`;
    case 'too-many-pixels':
      return `has ${refusal.width} x ${refusal.height} pixels, more than ${MAX_PIXELS} in all; resize it`;
    case 'foreign-format':
      return `is a file of ${refusal.format}, which this browser does not decode; save it as PNG`;
    case 'truncated':
      return `is a ${refusal.format} that ends too early; copy it again`;
    case 'damaged':
      return `is a ${refusal.format} that is damaged; copy it again`;
    case 'failed':
      return `cannot be decoded: ${refusal.detail}`;
  }
}

/** The notes as messages. */
export const IMAGE_NOTE_TEXTS: Readonly<Record<ImageNote, string>> = {
  ...NOTE_TEXTS,
  rounded: 'is transparent: this browser rounds the colours under transparent pixels',
};

/** What is more than an image should have. */
export const MAX_FILE_BYTES = 128 * 2 ** 20;
export const MAX_PIXELS = 64_000_000;

/** What the first look at a file's bytes comes to. */
export function inspect(bytes: Uint8Array, header: ImageHeader | undefined): Refusal | undefined {
  if (bytes.length === 0) return { kind: 'empty' };
  if (!header) return { kind: 'not-an-image' };
  const { format, size, truncated } = header;
  if (size && size.width * size.height > MAX_PIXELS) return { kind: 'too-many-pixels', ...size };
  if (truncated && isDecoded(format)) return { kind: 'truncated', format };
  return undefined;
}

/** What a file is that the browser failed to decode. */
export const undecodable = ({ format }: ImageHeader): Refusal =>
  isDecoded(format) && format !== 'AVIF' ? { kind: 'damaged', format } : { kind: 'foreign-format', format };

export const notesOf = ({ animated, deep }: ImageHeader): ImageNote[] => [
  ...(animated ? (['first-frame'] as const) : []),
  ...(deep ? (['eight-bits'] as const) : []),
];

const DECODED: readonly string[] = ['PNG', 'JPEG', 'GIF', 'WebP', 'BMP', 'AVIF', 'ICO'] satisfies ImageFormat[];
const isDecoded = (format: string): format is ImageFormat => DECODED.includes(format);
