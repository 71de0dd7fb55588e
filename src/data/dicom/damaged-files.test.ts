// Files whose frames are coded, changed in header and frame: a picture or a typed error, in bounded time and memory
// (tests/fuzz/run-case.ts). MANY=n makes n cases of each.

import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { phantom } from '../../../tests/dicom/compare.ts';
import { mutate } from '../../../tests/fuzz/mutations.ts';
import { readBytes } from '../../../tests/fuzz/run-case.ts';
import { createRandom } from '../../runtime/random.ts';
import { readDicom } from './read-dicom.ts';

const FOLDER = join(import.meta.dirname, '../../../tests/dicom');
const MANY = Number(process.env.MANY ?? 25);
const SEED = Number(process.env.SEED ?? 1);

it.each([
  'jpeg-8',
  'jpeg-ybr',
  'jpeg-rgb',
  'jpeg-lossless-12',
  'jpeg-lossless-rgb',
  'jpeg-ls-12',
  'jpeg-ls-rgb',
  'j2k-12',
  'j2k-rgb',
  'j2k-lossy-8',
  'jpeg-ls-frames',
])('%s', { timeout: 600_000 }, async (name) => {
  const good = phantom(FOLDER, name);
  const read = (bytes: Uint8Array) => readDicom(bytes, 'file.dcm');
  // The decoder is loaded before anything is measured.
  await read(good);
  const frameAt = good.length - Math.floor(good.length / 3);
  const broken: string[] = [];
  const kinds = { value: 0, refused: 0, broken: 0 };
  for (let number = 0; number < MANY; number++) {
    const random = createRandom(SEED, number);
    let { bytes } = mutate(good, undefined, random);
    if (number % 2 === 1) {
      // In the frame alone, whose header would hide it otherwise.
      bytes = good.slice();
      for (let n = 1 + (random.uint32() % 6); n > 0; n--)
        bytes[frameAt - 200 + (random.uint32() % (good.length - frameAt + 200))] = random.uint32() & 255;
    }
    const outcome = await readBytes({ read }, bytes);
    kinds[outcome.kind]++;
    if (outcome.kind === 'broken') broken.push(`case ${number}: ${outcome.how}`);
  }
  // What is damaged does not harm the next file.
  await read(good);
  expect(broken.join('\n')).toBe('');
  expect(kinds.refused).toBeGreaterThan(0);
});
