import sharp, { type Sharp } from 'sharp';
import { expect, it } from 'vitest';
import { readImageHeader } from './image-header.ts';
import { inspect, MAX_PIXELS } from './refusal.ts';

const raw = (width: number, height: number, pages = 1) =>
  sharp({
    create: {
      width,
      height: height * pages,
      channels: 3,
      background: '#357',
      ...(pages > 1 ? { pageHeight: height } : {}),
    },
  });
const bytes = async (image: Sharp) => new Uint8Array(await image.toBuffer());
const header = async (image: Sharp) => readImageHeader(await bytes(image));

it('reads format and size of what browsers decode', async () => {
  const size = { width: 37, height: 21 };
  const still = { size, animated: false, deep: false, truncated: false };
  expect(await header(raw(37, 21).png())).toEqual({ format: 'PNG', ...still });
  expect(await header(raw(37, 21).jpeg())).toEqual({ format: 'JPEG', ...still });
  expect(await header(raw(37, 21).jpeg({ progressive: true }).withMetadata({ orientation: 6 }))).toMatchObject(still);
  expect(await header(raw(37, 21).gif())).toEqual({ format: 'GIF', ...still });
  expect(await header(raw(37, 21).webp())).toEqual({ format: 'WebP', ...still });
  expect(await header(raw(37, 21).webp({ lossless: true }))).toEqual({ format: 'WebP', ...still });
  expect(await header(raw(37, 21).toColourspace('rgb16').png())).toMatchObject({ format: 'PNG', deep: true });
  expect(await header(raw(37, 21).avif())).toMatchObject({ format: 'AVIF' });
  expect(await header(raw(37, 21).tiff())).toMatchObject({ format: 'TIFF' });
});

it('sees that an image moves', async () => {
  const frames = await Promise.all(
    ['#f00', '#0f0'].map((background) =>
      sharp({ create: { width: 9, height: 7, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const moving = sharp(frames, { join: { animated: true } });
  expect(await header(moving.clone().gif())).toMatchObject({
    format: 'GIF',
    animated: true,
    size: { width: 9, height: 7 },
  });
  expect(await header(moving.clone().webp())).toMatchObject({
    format: 'WebP',
    animated: true,
    size: { width: 9, height: 7 },
  });
});

it('sees that a file breaks off, wherever it does', async () => {
  const noise = sharp(Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251)), {
    raw: { width: 64, height: 64, channels: 3 },
  });
  for (const image of [noise.clone().png(), noise.clone().jpeg(), noise.clone().gif(), noise.clone().webp()]) {
    const whole = await bytes(image);
    expect(readImageHeader(whole)?.truncated).toBe(false);
    for (const share of [0.3, 0.6, 0.95]) {
      const cut = whole.subarray(0, Math.floor(share * whole.length));
      expect(inspect(cut, readImageHeader(cut))).toMatchObject({ kind: 'truncated' });
    }
  }
});

it('does not take the thumbnail of a cut photograph for its end', async () => {
  const thumbnail = await bytes(raw(8, 8).jpeg());
  const [soi, rest] = [(await bytes(raw(40, 30).jpeg())).subarray(0, 2), (await bytes(raw(40, 30).jpeg())).subarray(2)];
  const length = thumbnail.length + 2;
  const app1 = Uint8Array.from([0xff, 0xe1, length >> 8, length & 255, ...thumbnail]);
  const photograph = Uint8Array.from([...soi, ...app1, ...rest]);
  expect(readImageHeader(photograph)).toMatchObject({ size: { width: 40, height: 30 }, truncated: false });
  expect(readImageHeader(photograph.subarray(0, photograph.length - 10))?.truncated).toBe(true);
});

it('refuses what is none, empty, or a picture of a billion pixels, before it is decoded', () => {
  const refusal = (data: Uint8Array) => inspect(data, readImageHeader(data));
  expect(refusal(new Uint8Array())).toEqual({ kind: 'empty' });
  expect(refusal(new TextEncoder().encode('just words'))).toEqual({ kind: 'not-an-image' });
  const bomb = new Uint8Array(64);
  bomb.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bomb.buffer).setUint32(16, 40_000);
  new DataView(bomb.buffer).setUint32(20, 40_000);
  expect(40_000 ** 2).toBeGreaterThan(MAX_PIXELS);
  expect(refusal(bomb)).toEqual({ kind: 'too-many-pixels', width: 40_000, height: 40_000 });
});

it('names formats that browsers do not decode', () => {
  const of = (text: string) => readImageHeader(Uint8Array.from(text, (c) => c.charCodeAt(0)))?.format;
  expect(of('\0\0\0\x18ftypheic\0\0\0\0mif1heic')).toBe('HEIC');
  expect(of('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf')).toBe('AVIF');
  expect(of('<?xml version="1.0"?>\n<svg xmlns="x">')).toBe('SVG');
  expect(of('%PDF-1.7')).toBe('PDF');
  expect(of('PK\x03\x04')).toBe('ZIP');
});

it('survives every prefix and random bytes', () => {
  for (const start of [
    '\x89PNG\r\n\x1a\n',
    '\xff\xd8\xff',
    'GIF89a',
    'RIFF....WEBPVP8X',
    'BM',
    '....ftyp',
    '\0\0\x01\0',
  ]) {
    for (let seed = 1; seed < 40; seed++) {
      const ignored = Uint8Array.from({ length: seed }, (_, i) => (i * 31 * seed + seed) & 255);
      const data = Uint8Array.from([...Array.from(start, (c) => c.charCodeAt(0)), ...ignored]);
      for (let length = 0; length <= data.length; length++) readImageHeader(data.subarray(0, length));
    }
  }
});
