// A DICOM file to an image: one frame at its full depth, light as a window says. Nothing else of the file is kept.

import { ConfigError } from '../../runtime/errors.ts';
import type { DeepImage, DicomNote, WindowChoice } from '../deep-image.ts';
import { type DicomContainer, openContainer } from './container.ts';
import { lookUp, modalityValues, tabled, windowed } from './grey-levels.ts';
import {
  type GreyLevels,
  isWidth,
  type PixelHeader,
  readGreyLevels,
  readHeader,
  type Table,
  type Window,
} from './header.ts';
import { storedValues } from './stored-values.ts';

export interface DicomFrame {
  readonly header: PixelHeader;
  /** [rows][columns][samples] */
  readonly stored: Int32Array;
  /** What makes light of its values, read when it is wanted. @throws DataError where that cannot be */
  readonly levels: () => GreyLevels;
}

export interface DicomPicture {
  readonly image: DeepImage;
  readonly notes: readonly DicomNote[];
}

/**
 * @param frame counted from 1
 * @throws DataError for a file that is damaged, or of a kind that is not read, with the element's tag; ConfigError for a frame that it
 * does not have
 */
export async function readDicomFrame(bytes: Uint8Array, file: string, frame = 1): Promise<DicomFrame> {
  const container = openContainer(bytes, file);
  return frameOf(container, readHeader(container.data, file), file, frame);
}

async function frameOf(
  container: DicomContainer,
  header: PixelHeader,
  file: string,
  frame: number,
): Promise<DicomFrame> {
  if (!Number.isInteger(frame) || frame < 1 || frame > header.frames)
    throw new ConfigError('frame', frame, `is none of the ${header.frames} frames of ${file}`);
  const stored = await storedValues(container, header, frame - 1, file);
  let levels: GreyLevels | undefined;
  return {
    header,
    stored,
    levels: () => {
      levels ??= readGreyLevels(container.data, frame - 1, header.signed, file);
      return levels;
    },
  };
}

/** @throws as readDicomFrame; ConfigError for a window that cannot be */
export async function readDicom(
  bytes: Uint8Array,
  file: string,
  { window = 'range', frame = 1 }: { readonly window?: WindowChoice; readonly frame?: number } = {},
): Promise<DicomPicture> {
  return imageOf(await readDicomFrame(bytes, file, frame), window);
}

/** A frame as an image. @throws ConfigError for a window that cannot be */
export function imageOf(read: DicomFrame, window: WindowChoice): DicomPicture {
  const { header } = read;
  const grey = header.photometric.startsWith('MONOCHROME');
  const { image, hasWindow } = grey ? greyImage(read, window) : { image: colourImage(read), hasWindow: true };
  const notes: DicomNote[] = [
    ...(header.frames > 1 ? (['frames'] as const) : []),
    ...(header.overlays ? (['overlays'] as const) : []),
    ...(hasWindow ? [] : (['no-window'] as const)),
  ];
  return { image, notes };
}

/** Size and channels by the header alone. @throws DataError */
export function probeDicom(bytes: Uint8Array, file: string): { height: number; width: number; channels: 1 | 3 } {
  const { rows, columns, photometric } = readHeader(openContainer(bytes, file).data, file);
  return { height: rows, width: columns, channels: photometric.startsWith('MONOCHROME') ? 1 : 3 };
}

/** The values that light is made of: those that are stored, or what they mean, and how. */
export interface GreyScale {
  readonly values: ArrayLike<number>;
  /** A value's light, from 0 to `white`; values beyond the range give less or more. */
  readonly light: (value: number) => number;
  readonly white: number;
  /** False: a window of the file is asked for, and it has none. */
  readonly hasWindow: boolean;
}

/** The least value that a file's bits can say, and how far beyond it the largest lies: torchxrayvision's largest value. A signed one begins below zero. */
const rangeOf = ({ signed, bitsStored }: PixelHeader) => ({
  least: signed ? -(2 ** (bitsStored - 1)) : 0,
  white: 2 ** bitsStored - 1,
});

/** What a grey file may be seen through. */
export interface GreySpan {
  /** The values that there are, as they are meant. */
  readonly least: number;
  readonly most: number;
  /** The window that a choice comes to. */
  readonly centre: number;
  readonly width: number;
}

/** @throws DataError where the file's own levels cannot be */
export function greySpan({ header, stored, levels }: DicomFrame, choice: WindowChoice): GreySpan {
  const { modality, window } = levels();
  const values = modalityValues(stored, modality);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i] ?? 0);
    most = Math.max(most, values[i] ?? 0);
  }
  const chosen = typeof choice === 'object' ? choice : choice === 'file' ? window : undefined;
  if (chosen) return { least, most, centre: chosen.centre, width: chosen.width };
  const range = rangeOf(header);
  const [from = 0, to = 0] = Array.from(
    modalityValues(Int32Array.of(range.least, range.least + range.white), modality),
  );
  return { least, most, centre: (from + to) / 2, width: Math.max(1, Math.abs(to - from)) };
}

/** @throws ConfigError for a window that cannot be */
export function greyScale({ header, stored, levels }: DicomFrame, choice: WindowChoice): GreyScale {
  const range = (hasWindow: boolean): GreyScale => {
    const { least, white } = rangeOf(header);
    return { values: stored, light: (value) => value - least, white, hasWindow };
  };
  if (choice === 'range') return range(true);
  const { modality, window, voiTable } = levels();
  if (choice === 'file') {
    const light = window ? windowed(window) : voiTable && tabled(voiTable);
    return light ? { values: modalityValues(stored, modality), light, white: 1, hasWindow: true } : range(false);
  }
  const own: Window = { ...choice, shape: window?.shape ?? 'LINEAR' };
  if (!Number.isFinite(own.centre) || !Number.isFinite(own.width) || !isWidth(own.width, own.shape))
    throw new ConfigError('window', `${own.centre},${own.width}`, 'must be a centre and a width of at least 1');
  return { values: modalityValues(stored, modality), light: windowed(own), white: 1, hasWindow: true };
}

function greyImage(frame: DicomFrame, choice: WindowChoice): { image: DeepImage; hasWindow: boolean } {
  const { rows, columns, photometric } = frame.header;
  const { values, light, white, hasWindow } = greyScale(frame, choice);
  const inverted = photometric === 'MONOCHROME1';
  const levels = Float32Array.from(values, (value) => (inverted ? white - light(value) : light(value)));
  return { image: { width: columns, height: rows, channels: 1, levels, white }, hasWindow };
}

function colourImage({ header, stored }: DicomFrame): DeepImage {
  const { rows, columns, palette, bitsStored } = header;
  const size = { width: columns, height: rows, channels: 3 } as const;
  if (!palette) return { ...size, levels: Float32Array.from(stored), white: 2 ** bitsStored - 1 };
  const levels = new Float32Array(3 * rows * columns);
  for (let pixel = 0; pixel < stored.length; pixel++)
    for (const [channel, table] of palette.entries()) levels[3 * pixel + channel] = lookUp(table, stored[pixel] ?? 0);
  return { ...size, levels, white: whiteOf(palette) };
}

const whiteOf = ([red]: readonly [Table, Table, Table]): number => 2 ** red.bits - 1;
