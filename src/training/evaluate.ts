// How well a model does on a labelled data set, in the numbers that a run follows: loss and accuracy.

import { sequentialBatches } from '../data/batches.ts';
import type { ImageDataset } from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import type { Normalisation } from '../densenet/normalisation.ts';
import { ConfigError } from '../runtime/errors.ts';
import { anObject, checkInstance, checkOptions, type Rules, required, whole } from '../runtime/options.ts';
import { type Signal, throwIfAborted } from '../runtime/signal.ts';

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

/** How a data set is run through a network. */
export interface RunOptions {
  /** Images that run at once, at most; default 16. */
  readonly batch?: number | undefined;
  /** Ends it before the next batch: it is rejected with the signal's reason. */
  readonly signal?: Pick<Signal, 'aborted' | 'reason'> | undefined;
}

export const RUN_OPTIONS = { batch: whole(1, 2 ** 16), signal: anObject } satisfies Rules<RunOptions>;

/** Images that run at once, unless an option says otherwise: enough to fill a GPU, little enough for any memory. */
export const RUN_BATCH = 16;

/** How `evaluate` runs a network. */
export interface EvaluateModelOptions extends RunOptions {
  /** Of the pixels: that which the network was trained with. */
  readonly normalisation: Normalisation;
}

const EVALUATE_OPTIONS = { ...RUN_OPTIONS, normalisation: required(anObject) } satisfies Rules<EvaluateModelOptions>;

/**
 * Loss and accuracy of a network on a data set of its image size and classes. `evaluateLogits` makes a full report of the logits.
 * @throws ConfigError naming an option that cannot be, or where images and network do not fit each other; NotFiniteError where
 * logits overflow; DataError where the data set cannot be read; GpuError, DeviceLostError, DisposedError; the signal's reason
 */
export async function evaluate(
  model: DenseNet,
  dataset: ImageDataset,
  options: EvaluateModelOptions,
): Promise<Evaluation> {
  checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
  checkOptions<EvaluateModelOptions>('options of evaluate', options, EVALUATE_OPTIONS);
  const { batch = RUN_BATCH, normalisation, signal } = options;
  checkFits(model, { dataset });
  const inference = await Inference.create(model, {
    batch: Math.max(1, Math.min(batch, dataset.count)),
    normalisation,
  });
  try {
    return await evaluateWith(logitsSource(inference), dataset, { signal });
  } finally {
    inference.destroy();
  }
}

/** @throws ConfigError naming the first of the data sets that does not fit the network, or has no images */
export function checkFits({ config }: DenseNet, datasets: Readonly<Record<string, ImageDataset | undefined>>): void {
  for (const [name, dataset] of Object.entries(datasets)) {
    if (!dataset) continue;
    checkSize(config, name, dataset);
    checkClasses(config, name, dataset);
  }
}

/** @throws ConfigError where the network has not as many classes */
export function checkClasses(
  config: Pick<DenseNet['config'], 'classes'>,
  name: string,
  { classNames }: Pick<ImageDataset, 'classNames'>,
): void {
  const classes = classNames.length;
  if (classes !== config.classes)
    throw new ConfigError(name, classes, `classes; the network has ${config.classes}: give it as many`);
}

/** @throws ConfigError where the images are not of the network's size */
export function checkSize(
  config: Pick<DenseNet['config'], 'inputChannels' | 'height' | 'width'>,
  name: string,
  dataset: Pick<ImageDataset, 'channels' | 'height' | 'width'>,
): void {
  const is = `${dataset.channels}x${dataset.height}x${dataset.width}`;
  const wanted = `${config.inputChannels}x${config.height}x${config.width}`;
  if (is !== wanted) throw new ConfigError(name, is, `has images of another size than the network's ${wanted}`);
}

/**
 * Logits of all images, batch after batch, with the running statistics, and what they come to.
 * @param options the labels under the network's numbers, where they are not the data set's
 * @throws ConfigError for a data set without images; NotFiniteError where logits overflow; DataError where the data set cannot be
 * read; as `Inference.logits`; the signal's reason
 */
export async function evaluateWith(
  source: LogitsSource,
  dataset: ImageDataset,
  { labels = dataset.labels, signal }: Pick<RunOptions, 'signal'> & Partial<Pick<ImageDataset, 'labels'>> = {},
): Promise<Evaluation> {
  if (dataset.count === 0) throw new ConfigError('dataset', 0, 'images leave nothing to evaluate');
  const { classes } = source;
  const bytes = imageBytes(dataset);
  const logits = new Float32Array(dataset.count * classes);
  const underWay: Promise<void>[] = [];
  try {
    for (const indices of sequentialBatches(dataset.count, source.batch)) {
      throwIfAborted(signal);
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
