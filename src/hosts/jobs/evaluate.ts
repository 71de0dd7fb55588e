// How well a model does on labelled images: logits of all of them, batch after batch, with the running statistics.

import { imageBytes } from '../../data/batches.ts';
import type { LabelledImages } from '../../data/idx.ts';
import type { Inference } from '../../densenet/inference.ts';

/** The share of `images` whose largest logit is their label's. */
export async function accuracy(inference: Inference, images: LabelledImages): Promise<number> {
  const { batch } = inference.plan;
  const { classes } = inference.model.config;
  const bytes = imageBytes(images);
  const rights: Promise<number>[] = [];
  for (let first = 0; first < images.count; first += batch) {
    const count = Math.min(batch, images.count - first);
    const pixels = images.pixels.slice(first * bytes, (first + count) * bytes);
    const labels = images.labels.subarray(first, first + count);
    rights.push(inference.logits(pixels, count).then((logits) => countRight(logits, labels, classes)));
  }
  return (await Promise.all(rights)).reduce((sum, right) => sum + right, 0) / images.count;
}

function countRight(logits: Float32Array, labels: Int32Array, classes: number): number {
  let right = 0;
  for (const [i, label] of labels.entries()) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    // Not a maximum of NaNs: a broken network is never right.
    if (row[label] === most && row.indexOf(most) === label) right++;
  }
  return right;
}
