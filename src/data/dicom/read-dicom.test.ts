import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences, expectedOf, isLossy, phantom } from '../../../tests/dicom/compare.ts';
import { ConfigError, DataError } from '../../runtime/errors.ts';
import { dicomdirFiles } from './container.ts';
import { windowed } from './grey-levels.ts';
import { greySpan, imageOf, readDicom, readDicomFrame } from './read-dicom.ts';

const FOLDER = join(import.meta.dirname, '../../../tests/dicom');
const EXPECTED = expectedOf(FOLDER);
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith('.dcm') ? [file.slice(0, -4)] : []));
const REFUSED = ['jpeg-extended-12', 'mpeg4', 'no-pixels'];

describe('what pydicom makes of a file', () => {
  it.each(NAMES.filter((name) => !REFUSED.includes(name)))('%s', async (name) => {
    const found = await differences(FOLDER, name, EXPECTED);
    expect(found.stored).toBeLessThanOrEqual(isLossy(name) ? 1 : 0);
    expect(found.values).toBeLessThanOrEqual(isLossy(name) ? 1 : 0);
    expect(found.window).toBeLessThan(1e-12);
  });
});

it.each([
  ['jpeg-extended-12', /of lossy JPEG only 8 are read/],
  ['mpeg4', /\(0002,0010\): its pixels are coded as MPEG-4/],
  ['no-pixels', /\(7FE0,0010\): holds no pixels/],
])('%s is refused by name', async (name, problem) => {
  await expect(readDicom(phantom(FOLDER, name), name)).rejects.toThrow(DataError);
  await expect(readDicom(phantom(FOLDER, name), name)).rejects.toThrow(problem);
});

it('light is inverted in MONOCHROME1, signed values begin at black, and the white is that of the stored bits', async () => {
  const inverted = await readDicomFrame(phantom(FOLDER, 'explicit-12-inverted'), 'x');
  const { image } = await readDicom(phantom(FOLDER, 'explicit-12-inverted'), 'x');
  expect(image.white).toBe(4095);
  expect([...image.levels]).toEqual([...inverted.stored].map((value) => 4095 - value));
  const signed = await readDicomFrame(phantom(FOLDER, 'signed-12-of-16'), 'x');
  const { image: shifted } = await readDicom(phantom(FOLDER, 'signed-12-of-16'), 'x');
  expect([...shifted.levels]).toEqual([...signed.stored].map((value) => value + 2048));
});

// PS3.3, C.11.2.1.2.1: its examples of linear windows, and the other functions at the places that say most.
it.each([
  ['LINEAR', 2048, 4096, [0, 4095, 2047.5], [0, 1, 0.5]],
  ['LINEAR', 100, 1, [99.4, 99.5, 99.6], [0, 0, 1]],
  ['LINEAR', 1023.5, 2, [1022, 1023, 1024], [0, 0.5, 1]],
  ['LINEAR_EXACT', 2048, 4096, [0, 4096, 2048], [0, 1, 0.5]],
  ['LINEAR_EXACT', 0, 0.5, [-0.25, 0.25, 0.125], [0, 1, 0.75]],
  ['SIGMOID', 10, 4, [10, 11, -1e9, 1e9], [0.5, 1 / (1 + Math.exp(-1)), 0, 1]],
] as const)('%s of centre %d and width %d', (shape, centre, width, values, light) => {
  const of = windowed({ centre, width, shape });
  for (const [i, value] of values.entries()) expect(of(value)).toBeCloseTo(light[i] ?? Number.NaN, 3);
});

it('a window of one’s own is in the units of the rescale; one that cannot be, or a frame that is not there, is refused', async () => {
  const bytes = phantom(FOLDER, 'rescale-window');
  const own = await readDicom(bytes, 'x', { window: { centre: 40, width: 400 } });
  const file = await readDicom(bytes, 'x', { window: 'file' });
  expect(own.image.levels).toEqual(file.image.levels);
  expect((await readDicom(bytes, 'x', { window: { centre: 40, width: 200 } })).image.levels).not.toEqual(
    own.image.levels,
  );
  await expect(readDicom(bytes, 'x', { window: { centre: 40, width: 0 } })).rejects.toThrow(ConfigError);
  await expect(readDicom(bytes, 'x', { window: { centre: Number.NaN, width: 9 } })).rejects.toThrow(ConfigError);
  for (const frame of [0, 2, 1.5, Number.NaN])
    await expect(readDicom(bytes, 'x', { frame })).rejects.toThrow(ConfigError);
});

it('what is left out is noted', async () => {
  const notes = async (name: string, window?: 'file') =>
    (await readDicom(phantom(FOLDER, name), name, window && { window })).notes;
  expect(await notes('frames-3')).toEqual(['frames']);
  expect(await notes('overlay-bits')).toEqual(['overlays']);
  expect(await notes('explicit-8', 'file')).toEqual(['no-window']);
  expect(await notes('explicit-8')).toEqual([]);
});

it('a DICOMDIR names its files, and is no picture', async () => {
  const bytes = new Uint8Array(readFileSync(join(FOLDER, 'DICOMDIR')));
  // A name that leads out of the folder is left out.
  expect(dicomdirFiles(bytes, 'DICOMDIR')).toEqual([
    ['PAT1', 'ONE'],
    ['PAT1', 'DEEP', 'TWO'],
  ]);
  expect(dicomdirFiles(phantom(FOLDER, 'explicit-8'), 'x')).toBeUndefined();
  await expect(readDicom(bytes, 'DICOMDIR')).rejects.toThrow(/is a DICOMDIR/);
});

it('nothing of a patient leaves the reader, in values or in messages', async () => {
  const said: string[] = [];
  for (const name of NAMES) {
    const bytes = phantom(FOLDER, name);
    expect(new TextDecoder('latin1').decode(bytes).includes('Secret') || name === 'deflated-12').toBe(true);
    for (const cut of [bytes, bytes.slice(0, bytes.length - 100), bytes.slice(0, 700), bytes.slice(0, 500)]) {
      const read = await readDicomFrame(cut, name).catch((error: unknown) => error);
      const picture = await readDicom(cut, name).catch((error: unknown) => error);
      for (const one of [read, picture])
        said.push(one instanceof Error ? `${one.message} ${one.stack} ${String(one.cause)}` : JSON.stringify(one));
    }
  }
  expect(said.filter((text) => /secret|19700101/i.test(text))).toEqual([]);
});

/** A copy with a 16-bit element of group 0028 changed. */
function changed(name: string, element: number, value: number): Uint8Array {
  const bytes = phantom(FOLDER, name).slice();
  for (let at = 132; at + 10 <= bytes.length; at++) {
    const tag = [0x28, 0x00, element & 255, element >> 8, 0x55, 0x53, 2, 0];
    if (!tag.every((byte, i) => bytes[at + i] === byte)) continue;
    new DataView(bytes.buffer).setUint16(at + 8, value, true);
    return bytes;
  }
  throw new Error(`${name} has no such element`);
}

it.each([
  ['more pixels than there are', 'explicit-8', 0x10, 60000, /\(7fe0,0010\).*bytes of pixels/i],
  ['no rows', 'explicit-8', 0x10, 0, /\(0028,0010\): 0 x/],
  ['RLE of a billion pixels', 'rle-8', 0x10, 60000, /too few for/],
  ['JPEG of other rows than the header', 'jpeg-8', 0x10, 60000, /pixels of 1 samples, where its header/],
  ['JPEG 2000 of other columns', 'j2k-12', 0x11, 60000, /where its header/],
  ['JPEG-LS of other columns', 'jpeg-ls-8', 0x11, 60000, /where its header/],
  ['JPEG lossless of other columns', 'jpeg-lossless-8', 0x11, 60000, /where its header/],
  ['four samples', 'explicit-8', 0x02, 4, /\(0028,0002\): 4 samples/],
  [
    'colours for every second pixel with 16 bits',
    'ybr-422',
    0x100,
    16,
    /\(0028,0100\): 16 bits per sample of YBR_FULL_422/,
  ],
  ['12 bits allocated', 'explicit-8', 0x100, 12, /\(0028,0100\): 12 bits/],
  ['more bits stored than allocated', 'explicit-8', 0x101, 9, /\(0028,0101\): 9 bits stored of 8/],
  ['a high bit below the stored ones', 'explicit-12-inverted', 0x102, 3, /\(0028,0102\): the highest bit is 3/],
] as const)('%s: refused by the element', async (_, name, element, value, problem) => {
  const wrong = changed(name, element, value);
  await expect(readDicom(wrong, 'file.dcm')).rejects.toThrow(DataError);
  await expect(readDicom(wrong, 'file.dcm')).rejects.toThrow(problem);
});

it.each(['explicit-12-inverted', 'explicit-16-signed', 'j2k-12'])(
  'the window that the whole range comes to shows the same: %s',
  async (name) => {
    const frame = await readDicomFrame(phantom(FOLDER, name), name);
    const { centre, width, least, most } = greySpan(frame, 'range');
    expect([least, most].every((value) => Math.abs(value - centre) <= width / 2)).toBe(true);
    const [range, own] = (['range', { centre, width }] as const).map((window) => imageOf(frame, window).image);
    const light = (image: typeof range, i: number) => (image?.levels[i] ?? 0) / (image?.white ?? 1);
    const apart = Array.from(range?.levels ?? [], (_, i) => Math.abs(light(range, i) - light(own, i)));
    expect(Math.max(...apart)).toBeLessThan(0.005);
  },
);

it('a window that is not asked for is not read', async () => {
  const wrong = windowOfWidth('window-linear-exact', '0');
  await expect(readDicom(wrong, 'file.dcm', { window: 'file' })).rejects.toThrow(/\(0028,1051\)/);
  expect((await readDicom(wrong, 'file.dcm')).image.levels.length).toBeGreaterThan(0);
});

/** The file with another first digit of its window's width and spaces after it. */
function windowOfWidth(name: string, digits: string): Uint8Array {
  const bytes = Uint8Array.from(phantom(FOLDER, name));
  // Explicit little endian: tag, DS, two bytes of length.
  for (let at = 0; at + 8 < bytes.length; at++) {
    if (![0x28, 0, 0x51, 0x10, 0x44, 0x53].every((byte, i) => bytes[at + i] === byte)) continue;
    const length = bytes[at + 6] ?? 0;
    for (let i = 0; i < length; i++) bytes[at + 8 + i] = (digits.padEnd(length).charCodeAt(i) ?? 0x20) & 0xff;
    return bytes;
  }
  throw new Error(`${name} has no window`);
}
