// Some of a set's images, chosen by the seed: a set may be sorted by class. In pieces, so that the page answers between.

import { gatherLabels, gatherPixels, imageBytes, permutation } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { yieldToMain } from './yield-to-main.ts';

const PIECE = 4 * 2 ** 20;

/** All of them, as they are, where there are no more than `count`. */
export async function pickImages(images: LabelledImages, count: number, seed: number): Promise<LabelledImages> {
  if (count >= images.count) return images;
  const chosen = permutation(images.count, seed, 0).slice(0, count).sort();
  const bytes = imageBytes(images);
  const pixels = new Uint8Array(count * bytes);
  const labels = new Int32Array(count);
  const step = Math.max(1, Math.floor(PIECE / bytes));
  for (let from = 0; from < count; from += step) {
    if (from > 0) await yieldToMain();
    gatherPixels(images, chosen.subarray(from, from + step), pixels.subarray(from * bytes));
    gatherLabels(images, chosen.subarray(from, from + step), labels.subarray(from));
  }
  return { ...images, count, pixels, labels };
}
