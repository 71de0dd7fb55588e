// Images of more than 8 bits per sample, and how such files are made pictures: DICOM, 16-bit PNG and TIFF.

import type { PictureNote, PictureOptions } from './picture-options.ts';

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
export type WindowChoice = 'range' | 'file' | { readonly centre: number; readonly width: number };

export const DEPTHS = ['full', '8-bit'] as const;

/** How pictures of any depth are decoded. */
export type DeepOptions = PictureOptions & {
  /** Of a DICOM file; default 'range'. */
  readonly window?: WindowChoice;
  /** Of a DICOM file with several, counted from 1; default 1. */
  readonly frame?: number;
  /** 'full' (the default): all bits of 16-bit PNG and TIFF; '8-bit': what Pillow's convert('RGB') makes of them. */
  readonly depth?: (typeof DEPTHS)[number];
};

/** What is worth knowing about a file that was read, beyond what is of pictures. */
export type DicomNote = 'frames' | 'overlays' | 'no-window';

export type FileNote = PictureNote | DicomNote;

export const DICOM_NOTE_TEXTS: Readonly<Record<DicomNote, string>> = {
  frames: 'has several frames: one is used, the first unless another is chosen',
  overlays: 'has overlays: they are not drawn',
  'no-window': 'has no window of its own: the whole range of its values is used',
};
