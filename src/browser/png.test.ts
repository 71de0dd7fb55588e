import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../cli/host/package-root.ts';
import { readSafetensors } from '../data/safetensors.ts';
import { decodeDeepOrAlphaPng, hasColourChunk, withoutTransparency } from './png.ts';

const MOST = 1_000_000;
const folder = join(packageRoot, 'tests/pictures');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
/** What Pillow makes of each: RGB. */
const { tensors } = readSafetensors(bytesOf('expected.safetensors'), 'expected.safetensors');
const OURS = /^(rgba-|grey-alpha-|rgb-16|grey-16|gamma-alpha|profile-alpha|background).*png$/;

describe('PNGs with alpha or 16 bits have the pixels that Pillow gives them', () => {
  for (const [name, { shape, bytes }] of tensors) {
    if (!name.endsWith('.png')) continue;
    test(name, async () => {
      const decoded = await decodeDeepOrAlphaPng(bytesOf(name), name, MOST);
      if (!OURS.test(name)) return expect(decoded).toBeUndefined();
      const { width, height, channels, pixels } = decoded?.image ?? { width: 0, height: 0, channels: 1, pixels: [] };
      expect([height, width]).toEqual(shape.slice(0, 2));
      const rgb = Uint8Array.from(bytes, (_, i) => pixels[channels === 1 ? Math.floor(i / 3) : i] ?? 0);
      expect(Buffer.compare(rgb, bytes)).toBe(0);
    });
  }
});

test('what is damaged or too large is an error that names the file', async () => {
  const bytes = bytesOf('rgba-8.png');
  await expect(decodeDeepOrAlphaPng(bytes, 'x.png', 10)).rejects.toThrow(/x\.png.*at most|from 1 to 10/);
  await expect(decodeDeepOrAlphaPng(bytes.slice(0, 60), 'x.png', MOST)).rejects.toMatchObject({ code: 'data' });
  const broken = bytes.slice();
  broken.fill(0x55, 60, 90);
  await expect(decodeDeepOrAlphaPng(broken, 'x.png', MOST)).rejects.toMatchObject({ code: 'data' });
});

test('the chunks that make pixels transparent or say how colours are meant are found', () => {
  expect(withoutTransparency(bytesOf('rgb-8.png'))).toEqual(bytesOf('rgb-8.png'));
  const [whole, without] = [bytesOf('grey-key.png'), withoutTransparency(bytesOf('grey-key.png'))];
  expect(whole.length - without.length).toBe(14);
  expect(['gamma.png', 'profile.png', 'srgb.png', 'rgb-8.png'].map((name) => hasColourChunk(bytesOf(name)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
