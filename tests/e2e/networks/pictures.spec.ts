// The demo page's decoder in browsers: the pixels that Pillow gives, as the command line (src/node/decode-image.test.ts).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import type { PictureOptions } from '../../../src/data/picture-options.ts';
import { readSafetensors } from '../../../src/data/safetensors.ts';
import { decodePicture } from '../../../src/node/decode-image.ts';
import type { TestSession } from '../fixtures/firefox-session.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const folder = join(packageRoot, 'tests/pictures');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const { tensors } = readSafetensors(bytesOf('expected.safetensors'), 'expected.safetensors');
/** Browsers have no decoder of TIFF. */
const files = [...tensors.keys()].filter((name) => !name.endsWith('.tif'));
/** Browsers make RGB of inks by a rounding of their own; of a lossless WebP they give no colours beside alpha, which is said. */
const levels = (name: string) => (/cmyk|ycck/.test(name) ? 1 : name === ROUNDED ? 255 : 0);
const ROUNDED = 'lossless-alpha.webp';

function decoded(session: TestSession, names: readonly string[], options: PictureOptions) {
  const files = new Map(names.map((name) => [name, bytesOf(name)]));
  return session.run('decode-pictures', { files, options });
}

const off = (a: Uint8Array | undefined, b: Uint8Array) =>
  a?.length === b.length
    ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0)
    : `${a?.length} bytes, not ${b.length}`;

test('a picture has the pixels that Pillow gives it', onlyOn('chromium', 'firefox'), async ({ session }) => {
  const options = { colourProfile: 'ignore', exifOrientation: 'ignore' } as const;
  const report = await decoded(session, files, options);
  const wrong: string[] = [];
  for (const name of files) {
    const expected = tensors.get(name);
    if (!expected) throw new Error(name);
    const { refusal, width, height } = report[name] ?? { refusal: 'lost' };
    const difference = off(report[name]?.pixels, expected.bytes);
    if (refusal !== null || height !== expected.shape[0] || width !== expected.shape[1])
      wrong.push(`${name}: ${refusal}`);
    else if (typeof difference === 'string' || difference > levels(name)) wrong.push(`${name}: ${difference}`);
  }
  expect(wrong).toEqual([]);
  expect(report['grey-16.png']?.notes).toEqual(['clipped']);
  expect(report[ROUNDED]?.notes).toEqual(['rounded']);
  expect(report['moving.gif']?.notes).toEqual(['first-frame']);
  expect(report['rgba-16.png']?.notes).toEqual(['eight-bits']);
});

test('photographs are turned as the command line turns them', onlyOn('chromium', 'firefox'), async ({ session }) => {
  const options = { colourProfile: 'ignore', exifOrientation: 'apply' } as const;
  const names = readdirSync(folder).filter((name) => /^turned.*\.(jpg|png|webp)$/.test(name));
  const report = await decoded(session, names, options);
  for (const name of names) {
    const { image } = await decodePicture(bytesOf(name), name, options);
    expect(off(report[name]?.pixels, Uint8Array.from(image.pixels)), name).toBe(0);
  }
});

test('colour profiles are applied where that is asked for', onlyOn('chromium'), async ({ session }) => {
  const options = { colourProfile: 'apply', exifOrientation: 'apply' } as const;
  const names = ['profile.jpg', 'profile.png', 'profile.webp'];
  const report = await decoded(session, names, options);
  for (const name of names) {
    const { image } = await decodePicture(bytesOf(name), name, options);
    // Two libraries of colour; the numbers that are stored are off by more than a hundred.
    expect(off(report[name]?.pixels, Uint8Array.from(image.pixels)), name).toBeLessThanOrEqual(3);
  }
});
