import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { DecodedImage } from '../data/preprocess.ts';
import { readSafetensors } from '../data/safetensors.ts';
import { decodePicture } from './decode-image.ts';

const folder = fileURLToPath(new URL('../../tests/pictures', import.meta.url));
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
/** What Pillow makes of each: RGB, [height][width][3]. */
const { tensors: expected } = readSafetensors(bytesOf('expected.safetensors'), 'expected.safetensors');
const AS_TORCHVISION = { colourProfile: 'ignore', exifOrientation: 'ignore' } as const;

function rgb({ width, height, channels, pixels }: DecodedImage): Uint8Array {
  const values = new Uint8Array(3 * width * height);
  for (let i = 0; i < values.length; i++) {
    const pixel = Math.floor(i / 3);
    values[i] = pixels[channels === 1 ? pixel : pixel * channels + (i % 3)] ?? 0;
  }
  return values;
}

describe('a picture has the pixels that Pillow gives it', () => {
  for (const [name, { shape, bytes }] of expected) {
    // sharp has no decoder of BMP.
    if (name.endsWith('.bmp')) continue;
    test(name, async () => {
      const { image } = await decodePicture(bytesOf(name), name, AS_TORCHVISION);
      expect([image.height, image.width]).toEqual(shape.slice(0, 2));
      const pixels = rgb(image);
      const off = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - (bytes[i] ?? 0))), 0);
      expect(off, 'largest difference of a level').toBe(0);
    });
  }
});

test('what is said of a picture: its first frame, its upper 8 bits, its clipped grey', async () => {
  const notes = async (name: string) => (await decodePicture(bytesOf(name), name)).notes;
  expect(await notes('moving.gif')).toEqual(['first-frame']);
  expect(await notes('plain.gif')).toEqual([]);
  expect(await notes('rgb-16.png')).toEqual(['eight-bits']);
  expect(await notes('grey-16.png')).toEqual(['clipped']);
  expect(await notes('grey-alpha-16.png')).toEqual(['eight-bits']);
});

test('a photograph is turned upright as its EXIF orientation says, unless that is to be ignored', async () => {
  for (const name of ['turned-2.jpg', 'turned-5.jpg', 'turned-6.jpg', 'turned-7.jpg', 'turned-8.jpg', 'turned.webp']) {
    const stored = await decodePicture(bytesOf(name), name, AS_TORCHVISION);
    const { image } = await decodePicture(bytesOf(name), name);
    const { default: sharp } = await import('sharp');
    const { data, info } = await sharp(bytesOf(name)).autoOrient().raw().toBuffer({ resolveWithObject: true });
    expect([image.width, image.height]).toEqual([info.width, info.height]);
    expect(Buffer.compare(Buffer.from(image.pixels), data)).toBe(0);
    expect(Buffer.compare(Buffer.from(stored.image.pixels), data)).not.toBe(0);
  }
});

test('a colour profile is applied where that is asked for', async () => {
  // Its red, green and blue are those of blue, red and green.
  for (const name of ['profile.jpg', 'profile.png', 'profile.webp', 'profile-alpha.png']) {
    const stored = rgb((await decodePicture(bytesOf(name), name)).image);
    const applied = rgb(
      (await decodePicture(bytesOf(name), name, { ...AS_TORCHVISION, colourProfile: 'apply' })).image,
    );
    expect(applied).not.toEqual(stored);
  }
});

test('what is damaged or no picture is an error that names the file', async () => {
  const whole = bytesOf('compressed.gif');
  const cut = (name: string) => {
    const bytes = bytesOf(name);
    return decodePicture(bytes.subarray(0, Math.floor((bytes.length * 2) / 3)), name);
  };
  for (const name of ['compressed.gif', 'rgb-444.jpg', 'rgb-8.png', 'lossless.webp'])
    await expect(cut(name)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining(name) });
  await expect(decodePicture(whole.subarray(0, 12), 'cut.gif')).rejects.toThrow(/cut\.gif.*header/);
  await expect(decodePicture(new TextEncoder().encode('no'), 'words.png')).rejects.toThrow(/words\.png.*not an image/);
  await expect(decodePicture(bytesOf('rgb.bmp'), 'rgb.bmp')).rejects.toThrow(/none of JPEG.*save it as PNG/);
  const large = whole.slice();
  large.set([255, 255, 255, 255], 6);
  await expect(decodePicture(large, 'large.gif')).rejects.toThrow(/large\.gif.*65535x65535 pixels/);
});
