// Images of more than 8 bits per sample, and how such files are made pictures: DICOM, 16-bit PNG and TIFF.

import { must, type Rules, whole } from '../runtime/options.ts';
import { PICTURE_RULES } from './dataset-options.ts';
import { NOTE_TEXTS, type PictureNote, type PictureOptions } from './picture-options.ts';
import type { DecodedImage } from './preprocess.ts';

/** An image at the depth of its file, channels interleaved. */
export interface DeepImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Grey (1) or RGB (3). */
  readonly channels: 1 | 3;
  /** [height][width][channels]: 0 is black and `white` white; values may lie beyond. */
  readonly levels: Float32Array<ArrayBuffer>;
  readonly white: number;
}

/**
 * Which of a DICOM file's grey values become black to white: 'range', from the least to the largest that its stored bits can hold, as
 * torchxrayvision takes them; 'file', by its own window or table of values of interest; or a window: from centre - width / 2 to
 * centre + width / 2, in the units of the file's rescale.
 */
export type WindowChoice =
  | 'range'
  | 'file'
  | {
      /** In the units of the file's rescale. */
      readonly centre: number;
      /** In the same units, above 0. */
      readonly width: number;
    };

export const DEPTHS = ['full', '8-bit'] as const;
/**
 * How many bits of a picture are used.
 * @useDeclaredType
 */
export type Depth = (typeof DEPTHS)[number];

/** How pictures of any depth are decoded. */
export type DeepOptions = PictureOptions & {
  /** Of a DICOM file; default 'range'. */
  readonly dicomWindow?: WindowChoice;
  /** Of a DICOM file with several, counted from 1; default 1. */
  readonly dicomFrame?: number;
  /** 'full' (the default): all bits of 16-bit PNG and TIFF; '8-bit': what Pillow's convert('RGB') makes of them. */
  readonly depth?: Depth;
};

/** What is worth knowing about a file that was read, beyond what is of pictures. */
export type DicomNote = 'frames' | 'overlays' | 'no-window';

export type FileNote = PictureNote | DicomNote | 'float-range';

export const FILE_NOTE_TEXTS: Readonly<Record<FileNote, string>> = {
  ...NOTE_TEXTS,
  'float-range': 'has values beyond 0 and 1: its least becomes black, its largest white',
  frames: 'has several frames: one is used, the first unless another is chosen',
  overlays: 'has overlays: they are not drawn',
  'no-window': 'has no window of its own: the whole range of its values is used',
};

const isWindow = (value: unknown): boolean =>
  value === 'range' ||
  value === 'file' ||
  (typeof value === 'object' &&
    value !== null &&
    Number.isFinite(Reflect.get(value, 'centre')) &&
    Number(Reflect.get(value, 'width')) > 0);

/** Of decoding a picture of any depth. */
export const DEEP_RULES: Rules<Partial<DeepOptions>> = {
  ...PICTURE_RULES,
  dicomWindow: must(isWindow, "must be 'range', 'file', or a centre and a width above 0"),
  dicomFrame: whole(1, 100_000),
  depth: must((value) => DEPTHS.some((depth) => depth === value), `must be one of ${DEPTHS.join(', ')}`),
};

/** What a file was decoded to, at its depth; where that is 8 bits, as a picture. */
export type DecodedFile =
  | { readonly image: DecodedImage; readonly notes: readonly FileNote[] }
  | { readonly deep: DeepImage; readonly notes: readonly FileNote[] };
