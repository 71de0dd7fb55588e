// Which window DICOM files are seen through, and what that came to for the file that was read last of each: shared by the page and what
// reads the files, which is loaded with the first of them.

import { type Signal, signal } from '@preact/signals';
import type { WindowChoice } from '../../src/data/deep-image.ts';

/** For every DICOM file that is read from now on. */
export const dicomWindow: Signal<WindowChoice> = signal('range');

/** What there is to choose of a file that was read. */
export type SeenFile = {
  /** The window that it is seen through, in the units of its values. */
  readonly centre: number;
  readonly width: number;
  /** The values that there are. */
  readonly least: number;
  readonly most: number;
  readonly frames: number;
  /** Colours have no window. */
  readonly isGrey: boolean;
  readonly hasOwn: boolean;
};

const seen = new WeakMap<Blob, SeenFile>();

/** Of a file that is DICOM, and was read. */
export const seenFile = (file: Blob | undefined): SeenFile | undefined => file && seen.get(file);

export const rememberSeen = (file: Blob, of: SeenFile): void => {
  seen.set(file, of);
};
