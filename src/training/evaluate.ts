// How well a model does on a labelled data set, in the numbers that a run follows: loss and accuracy.

import { sequentialBatches } from '../data/batches.ts';
import type { ImageDataset } from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import type { Inference } from '../densenet/inference.ts';

/** How well a network does on labelled images. */
export interface Evaluation {
  /** The share of images whose largest logit is their label's; of several labels per image, of the labels that are right. */
  readonly accuracy: number;
  /** Mean softmax cross-entropy; of several labels per image, mean sigmoid cross-entropy of those that are there. */
  readonly loss: number;
  /** [count][classes] */
  readonly logits: Float32Array<ArrayBuffer>;
}

/** Whoever has logits for images. */
export interface LogitsSource {
  /** Images at a time, at most. */
  readonly batch: number;
  readonly classes: number;
  /** [count][classes] of images [count][C][H][W]. */
  logits(images: Uint8Array<ArrayBuffer>, count: number): Promise<Float32Array>;
}

/** Those of a network. */
export const logitsSource = (inference: Inference): LogitsSource => ({
  batch: inference.plan.batch,
  classes: inference.model.config.classes,
  logits: (images, count) => inference.logits(images, count),
});

/** Batches under way at a time: the GPU always has the next, and never holds all of the images. */
const UNDER_WAY = 4;

/**
 * Logits of all images, batch after batch, with the running statistics, and what they come to.
 * @throws NotFiniteError where logits overflow; DataError where the data set cannot be read; as `Inference.logits`
 */
export async function evaluate(source: LogitsSource, dataset: ImageDataset): Promise<Evaluation> {
  const { classes } = source;
  const bytes = imageBytes(dataset);
  const logits = new Float32Array(dataset.count * classes);
  const underWay: Promise<void>[] = [];
  try {
    for (const indices of sequentialBatches(dataset.count, source.batch)) {
      const pixels = new Uint8Array(indices.length * bytes);
      const first = indices[0] ?? 0;
      const run = dataset.read(indices, pixels).then(() => source.logits(pixels, indices.length));
      underWay.push(run.then((part) => logits.set(part, first * classes)));
      if (underWay.length >= UNDER_WAY) await underWay.shift();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
  await Promise.all(underWay);
  const { labels } = dataset;
  return { logits, ...(labels instanceof Float32Array ? ofSeveral(logits, labels) : ofOne(logits, labels, classes)) };
}

function ofOne(logits: Float32Array, labels: Int32Array, classes: number): Omit<Evaluation, 'logits'> {
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

/** Labels that are missing (NaN) count for nothing. */
function ofSeveral(logits: Float32Array, labels: Float32Array): Omit<Evaluation, 'logits'> {
  let [right, loss, there] = [0, 0, 0];
  for (const [i, label] of labels.entries()) {
    const logit = logits[i] ?? Number.NaN;
    if (Number.isNaN(label)) continue;
    there++;
    if (logit > 0 === label > 0.5) right++;
    loss += Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
  }
  return { accuracy: right / Math.max(1, there), loss: loss / Math.max(1, there) };
}
