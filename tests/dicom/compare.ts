// What the reader makes of the files of make_phantoms.py, beside what pydicom made of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modalityValues } from '../../src/data/dicom/grey-levels.ts';
import { greyScale, readDicom, readDicomFrame } from '../../src/data/dicom/read-dicom.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import type { Tensor } from '../../src/data/tensor.ts';

/** Of a folder of phantoms: the tensors by their names. */
export function expectedOf(folder: string): ReadonlyMap<string, Tensor> {
  const file = join(folder, 'expected.safetensors');
  return readSafetensors(new Uint8Array(readFileSync(file)), file).tensors;
}

export const phantom = (folder: string, name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(folder, `${name}.dcm`)));

/** The largest differences of a file's frames. */
export interface Differences {
  /** Of stored values, or of a palette's colours. */
  readonly stored: number;
  /** Of values after the modality transformation. */
  readonly values: number;
  /** Of light in the file's own window, as a part of its range. */
  readonly window: number;
}

export async function differences(
  folder: string,
  name: string,
  expected: ReadonlyMap<string, Tensor>,
): Promise<Differences> {
  const bytes = phantom(folder, name);
  const tensor = expected.get(name);
  if (!tensor) throw new Error(`${name}: nothing is expected of it`);
  const frames = tensor.shape[0] ?? 1;
  const stored = new Int32Array(tensor.bytes.slice().buffer);
  const floats = (part: string) => {
    const found = expected.get(`${name}/${part}`);
    return found && new Float64Array(found.bytes.slice().buffer);
  };
  const [values, window] = [floats('values'), floats('window')];
  const size = stored.length / frames;
  const found = { stored: 0, values: 0, window: 0 };
  const compare = (kind: keyof Differences, got: ArrayLike<number>, want: ArrayLike<number>, scale = 1) => {
    if (got.length !== want.length) throw new Error(`${name}: ${got.length} ${kind} values, expected ${want.length}`);
    for (let i = 0; i < got.length; i++)
      found[kind] = Math.max(found[kind], Math.abs((got[i] ?? Number.NaN) - (want[i] ?? Number.NaN)) * scale);
  };
  for (let frame = 0; frame < frames; frame++) {
    const part = <T extends Int32Array | Float64Array>(all: T) => all.subarray(frame * size, (frame + 1) * size);
    const read = await readDicomFrame(bytes, name, frame + 1);
    if (read.header.palette) compare('stored', (await readDicom(bytes, name)).image.levels, part(stored));
    else compare('stored', read.stored, part(stored));
    const meant = modalityValues(read.stored, read.levels().modality);
    if (values) compare('values', meant, part(values));
    if (!window) continue;
    // pydicom's window fills the range of the stored bits: what rescale makes of it, or from 0 on; its table's own bits.
    const { modality, voiTable, window: own } = read.levels();
    const scale = greyScale(read, 'file');
    const { bitsStored } = read.header;
    const range = voiTable && !own ? [0, 2 ** voiTable.bits - 1] : [0, 2 ** bitsStored - 1];
    const [least = 0, most = 1] =
      'slope' in modality
        ? range.map((end) => (voiTable && !own ? end : end * modality.slope + modality.intercept))
        : range;
    const want = Float64Array.from(part(window), (value) => (value - least) / (most - least));
    compare('window', Float64Array.from(scale.values, scale.light), want);
  }
  return found;
}

/** Lossy coding: decoders may round differently, by one level. */
export const isLossy = (name: string): boolean => /^(jpeg-(\d|rgb|ybr)|j2k-lossy)/.test(name);
