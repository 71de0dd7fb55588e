// A contact sheet: images of each class in a row under its name, as they are given to a network, as PNG.

import type { ImageDataset } from '../src/data/dataset.ts';
import { loadSharp } from '../src/node/decode-image.ts';

const THUMB = 96;
const GAP = 4;
const LABEL = 20;
const MOST_ROWS = 100;

export interface ContactSheet {
  readonly png: Uint8Array;
  /** Classes that are on it; the others would make it too long. */
  readonly classes: number;
}

/** @param columns images per class, spread evenly over those that there are */
export async function contactSheet(images: ImageDataset, columns = 10): Promise<ContactSheet> {
  const sharp = await loadSharp();
  const names = images.classNames.slice(0, MOST_ROWS);
  const width = columns * (THUMB + GAP) + GAP;
  const rowHeight = LABEL + THUMB + GAP;
  const layers: { input: Buffer; left: number; top: number }[] = [];
  const texts: string[] = [];
  for (const [label, name] of names.entries()) {
    const members = imagesOf(images, label);
    const chosen = Array.from(
      { length: Math.min(columns, members.length) },
      (_, i) => members[Math.floor((i * members.length) / Math.min(columns, members.length))] ?? 0,
    );
    texts.push(`<text x="${GAP}" y="${label * rowHeight + 15}">${escaped(`${name} (${members.length})`)}</text>`);
    const { channels, height, width: columnsOf } = images;
    for (const [i, index] of chosen.entries()) {
      const planar = new Uint8Array(channels * height * columnsOf);
      await images.read([index], planar);
      const raw = { width: columnsOf, height, channels: channels === 1 ? (1 as const) : (3 as const) };
      // Small images are enlarged as they are, in squares.
      const kernel = Math.max(height, columnsOf) < THUMB ? 'nearest' : 'lanczos3';
      const fitted = sharp(interleaved(planar, raw.channels), { raw }).resize(THUMB, THUMB, {
        fit: 'contain',
        background: BACKGROUND,
        kernel,
      });
      const input = await fitted.toColourspace('srgb').png().toBuffer();
      layers.push({ input, left: GAP + i * (THUMB + GAP), top: label * rowHeight + LABEL });
    }
  }
  const height = names.length * rowHeight;
  const labels = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g font-family="sans-serif" font-size="14" fill="#222">${texts.join('')}</g></svg>`;
  const sheet = sharp({ create: { width, height, channels: 3, background: BACKGROUND } });
  const png = await sheet
    .composite([...layers, { input: Buffer.from(labels), left: 0, top: 0 }])
    .png()
    .toBuffer();
  return { png: new Uint8Array(png), classes: names.length };
}

const BACKGROUND = '#f4f4f4';

function imagesOf({ labels, classNames, count }: ImageDataset, label: number): number[] {
  const has = (index: number) =>
    labels instanceof Int32Array ? labels[index] === label : labels[index * classNames.length + label] === 1;
  return Array.from({ length: count }, (_, index) => index).filter(has);
}

function interleaved(planar: Uint8Array, channels: 1 | 3): Buffer {
  const area = planar.length / channels;
  return Buffer.from(planar.map((_, i) => planar[(i % channels) * area + Math.floor(i / channels)] ?? 0));
}

/** For XML, which has no place for most control characters at all. */
const escaped = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
