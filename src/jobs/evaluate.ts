// How well a model does on labelled images: logits of all of them, batch after batch, with the running statistics.

import { imageBytes } from '../data/batches.ts';
import type { LabelledImages } from '../data/idx.ts';
import type { Inference } from '../densenet/inference.ts';

export interface Evaluation {
  /** The share of images whose largest logit is their label's. */
  readonly accuracy: number;
  /** Mean softmax cross-entropy. */
  readonly loss: number;
  /** [count][classes] */
  readonly logits: Float32Array<ArrayBuffer>;
}

/** Batches under way at a time: the GPU always has the next, and never holds all of the images. */
const UNDER_WAY = 4;

export async function evaluate(inference: Inference, images: LabelledImages): Promise<Evaluation> {
  const { batch } = inference.plan;
  const { classes } = inference.model.config;
  const bytes = imageBytes(images);
  const logits = new Float32Array(images.count * classes);
  const underWay: Promise<void>[] = [];
  try {
    for (let first = 0; first < images.count; first += batch) {
      const count = Math.min(batch, images.count - first);
      const pixels = images.pixels.slice(first * bytes, (first + count) * bytes);
      underWay.push(inference.logits(pixels, count).then((part) => logits.set(part, first * classes)));
      if (underWay.length >= UNDER_WAY) await underWay.shift();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
  await Promise.all(underWay);
  return { logits, ...score(logits, images.labels, classes) };
}

function score(logits: Float32Array, labels: Int32Array, classes: number): Omit<Evaluation, 'logits'> {
  let right = 0;
  let loss = 0;
  for (const [i, label] of labels.entries()) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    // Not a maximum of NaNs: a broken network is never right.
    if (row[label] === most && row.indexOf(most) === label) right++;
    loss += most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) - (row[label] ?? Number.NaN);
  }
  return { accuracy: right / labels.length, loss: loss / labels.length };
}
