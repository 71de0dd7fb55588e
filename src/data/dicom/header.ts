// The elements by which the pixels of a DICOM file are understood (PS3.3, C.7.6.3, C.11.1 and C.11.2), checked; nothing else of it.

import type { DataSet, Element } from 'dicom-parser';
import { DataError } from '../../runtime/errors.ts';
import { tagName } from './container.ts';

export const PHOTOMETRICS = [
  'MONOCHROME1',
  'MONOCHROME2',
  'PALETTE COLOR',
  'RGB',
  'YBR_FULL',
  'YBR_FULL_422',
  'YBR_RCT',
  'YBR_ICT',
] as const;
export type Photometric = (typeof PHOTOMETRICS)[number];

/** Entries for the values from `first` on; those beyond are the first or the last entry. */
export interface Table {
  readonly first: number;
  readonly entries: Uint16Array;
  /** Of an entry. */
  readonly bits: number;
}

export interface PixelHeader {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: 1 | 3;
  readonly photometric: Photometric;
  /** Uncompressed: colours as one plane after another. */
  readonly planar: boolean;
  readonly bitsAllocated: 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Of PALETTE COLOR: red, green, blue. */
  readonly palette: readonly [Table, Table, Table] | undefined;
  readonly overlays: boolean;
}

/** How stored values become what they mean, and that becomes light. */
export interface GreyLevels {
  /** Value = slope * stored + intercept, or a table. */
  readonly modality: { readonly slope: number; readonly intercept: number } | Table;
  readonly window: Window | undefined;
  readonly voiTable: Table | undefined;
}

export const WINDOW_FUNCTIONS = ['LINEAR', 'LINEAR_EXACT', 'SIGMOID'] as const;
export type WindowFunction = (typeof WINDOW_FUNCTIONS)[number];

/** Which values become black to white. */
export interface Window {
  readonly centre: number;
  readonly width: number;
  readonly shape: WindowFunction;
}

/** Pixels of a frame, at most: 100 megapixels. */
const MOST_PIXELS = 100_000_000;
const MOST_FRAMES = 100_000;

/** @throws DataError naming the element that is missing or cannot be */
export function readHeader(data: DataSet, file: string): PixelHeader {
  const number = (tag: string, fallback?: number): number => {
    const value = data.uint16(tag) ?? fallback;
    if (value !== undefined) return value;
    throw new DataError(file, 0, `${tagName(tag)} is missing, without which pixels cannot be read`);
  };
  const rows = number('x00280010');
  const columns = number('x00280011');
  const refuse = (tag: string, problem: string): never => {
    throw new DataError(file, data.elements[tag]?.dataOffset ?? 0, `${tagName(tag)}: ${problem}`);
  };
  if (rows === 0 || columns === 0 || rows * columns > MOST_PIXELS)
    refuse('x00280010', `${rows} x ${columns} pixels; from 1 to ${MOST_PIXELS} are read`);
  const frames = wholeText(data, 'x00280008') ?? 1;
  if (!(frames >= 1 && frames <= MOST_FRAMES))
    refuse('x00280008', `a number of frames that is not 1 to ${MOST_FRAMES}`);
  const samples = number('x00280002', 1);
  const found = (data.string('x00280004') ?? '').trim().toUpperCase();
  const photometric = PHOTOMETRICS.find((name) => name === found);
  // What it says instead is not repeated: it may be anything.
  if (!photometric) return refuse('x00280004', `none of the colour models that are read: ${PHOTOMETRICS.join(', ')}`);
  const colours = !['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR'].includes(photometric);
  if (samples !== (colours ? 3 : 1))
    refuse('x00280002', `${samples} samples per pixel, where ${photometric} has ${colours ? 3 : 1}`);
  const bitsAllocated = number('x00280100');
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    return refuse('x00280100', `${bitsAllocated} bits per sample; 8, 16 and 32 are read`);
  if (photometric === 'YBR_FULL_422' && bitsAllocated !== 8)
    return refuse('x00280100', `${bitsAllocated} bits per sample of YBR_FULL_422; only 8 are read`);
  const bitsStored = number('x00280101', bitsAllocated);
  const highBit = number('x00280102', bitsStored - 1);
  const signed = number('x00280103', 0) === 1;
  if (bitsStored < 1 || bitsStored > bitsAllocated || bitsStored > (signed ? 32 : 31))
    refuse('x00280101', `${bitsStored} bits stored of ${bitsAllocated}, which cannot be or is not read`);
  if (highBit >= bitsAllocated || highBit < bitsStored - 1)
    refuse('x00280102', `the highest bit is ${highBit}, of ${bitsStored} bits stored of ${bitsAllocated}`);
  return {
    rows,
    columns,
    frames,
    samples: colours ? 3 : 1,
    photometric,
    planar: number('x00280006', 0) === 1,
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
    palette: photometric === 'PALETTE COLOR' ? paletteOf(data, file, signed) : undefined,
    overlays: Object.keys(data.elements).some((tag) => /^x60[0-9a-f][02468ace]0010$/.test(tag)),
  };
}

function wholeText(data: DataSet, tag: string): number | undefined {
  const text = data.string(tag)?.trim();
  return text === undefined || text === '' ? undefined : /^\+?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

function paletteOf(data: DataSet, file: string, signed: boolean): [Table, Table, Table] {
  if (data.elements.x00281221)
    throw new DataError(
      file,
      data.elements.x00281221.dataOffset,
      '(0028,1221): a segmented palette, which is not read',
    );
  const one = (colour: number) => tableOf(data, `x0028110${colour}`, `x0028120${colour}`, file, signed);
  return [one(1), one(2), one(3)];
}

/** @throws DataError where the table is missing or shorter than it says */
function tableOf(data: DataSet, descriptor: string, entries: string, file: string, signed: boolean): Table {
  const refuse = (tag: string, problem: string) =>
    new DataError(file, data.elements[tag]?.dataOffset ?? 0, `${tagName(tag)}: ${problem}`);
  const first = signed ? data.int16(descriptor, 1) : data.uint16(descriptor, 1);
  const [count, bits] = [data.uint16(descriptor, 0), data.uint16(descriptor, 2)];
  const element = data.elements[entries];
  if (count === undefined || first === undefined || bits === undefined || !element)
    throw refuse(descriptor, 'a table without its description or its entries');
  const length = count === 0 ? 65536 : count;
  if (bits < 1 || bits > 16) throw refuse(descriptor, `entries of ${bits} bits; 1 to 16 are read`);
  // Entries of 8 bits may lie one to a byte.
  const packed = element.length < 2 * length;
  if (element.length < (packed ? length : 2 * length))
    throw refuse(entries, `a table of ${length} entries in ${element.length} bytes`);
  const values = Uint16Array.from({ length }, (_, i) =>
    packed ? (data.byteArray[element.dataOffset + i] ?? 0) : (data.uint16(entries, i) ?? 0),
  );
  return { first, entries: values, bits: packed ? Math.min(bits, 8) : bits };
}

/**
 * How the values of one frame are meant: said for all frames, or in an enhanced file for this one.
 * @throws DataError where it is said, and cannot be
 */
export function readGreyLevels(data: DataSet, frame: number, signed: boolean, file: string): GreyLevels {
  // Functional groups of an enhanced file: for this frame, or shared by all.
  const groups = [
    data.elements.x52009230?.items?.[frame]?.dataSet,
    data.elements.x52009229?.items?.[0]?.dataSet,
  ].filter((group) => group !== undefined);
  const inGroup = (macro: string) => groups.map((group) => itemOf(group.elements[macro])).find((item) => item);
  const transform = inGroup('x00289145') ?? data;
  const voi = inGroup('x00289132') ?? data;
  const decimal = (from: DataSet, tag: string): number | undefined => {
    const text = from.string(tag, 0)?.trim();
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new DataError(file, from.elements[tag]?.dataOffset ?? 0, `${tagName(tag)}: not a number`);
  };
  const modalityItem = itemOf(data.elements.x00283000);
  const voiItem = itemOf(data.elements.x00283010);
  const modality = modalityItem
    ? tableOf(modalityItem, 'x00283002', 'x00283006', file, signed)
    : { slope: decimal(transform, 'x00281053') ?? 1, intercept: decimal(transform, 'x00281052') ?? 0 };
  const [centre, width] = [decimal(voi, 'x00281050'), decimal(voi, 'x00281051')];
  const named = (voi.string('x00281056') ?? 'LINEAR').trim().toUpperCase();
  const shape = WINDOW_FUNCTIONS.find((name) => name === named);
  if (!shape && centre !== undefined)
    throw new DataError(
      file,
      voi.elements.x00281056?.dataOffset ?? 0,
      `(0028,1056): none of the functions of a window: ${WINDOW_FUNCTIONS.join(', ')}`,
    );
  return {
    modality,
    window:
      centre === undefined || width === undefined
        ? undefined
        : checkedWindow({ centre, width, shape: shape ?? 'LINEAR' }, voi.elements.x00281051?.dataOffset ?? 0, file),
    voiTable: voiItem && tableOf(voiItem, 'x00283002', 'x00283006', file, signed),
  };
}

const itemOf = (element: Element | undefined): DataSet | undefined => element?.items?.[0]?.dataSet;

/** PS3.3, C.11.2.1.2: a linear window is at least 1 wide, of the others the width is more than 0. */
export const isWidth = (width: number, shape: WindowFunction): boolean => (shape === 'LINEAR' ? width >= 1 : width > 0);

function checkedWindow(window: Window, at: number, file: string): Window {
  if (isWidth(window.width, window.shape)) return window;
  throw new DataError(file, at, `(0028,1051): a window that is ${window.width} wide, which ${window.shape} cannot be`);
}
