// Runs preprocessed images through a checkpoint on a host: all at once, or as they come, a batch at a time. An error of one image
// is that image's result; an error of the network or the GPU is thrown. And turns logits into class probabilities.
import { concatBytes } from '../src/data/bytes.ts';
import { type Normalisation, normalised } from '../src/densenet/normalisation.ts';
import { type Precision, storesF16 } from '../src/densenet/plan/feature-map.ts';
import type { JobClient } from '../src/jobs/define-job.ts';
import { PREDICT_BATCH, type PredictAnswer, type PredictorOptions } from '../src/jobs/predict.ts';
import type { HostJobs } from '../src/jobs/registry.ts';
import { DenseNetError, type NonFinite } from '../src/runtime/errors.ts';

/** A preprocessed image; all images of one run have one size. */
export interface PreparedImage {
  /** Its name in errors. */
  readonly name: string;
  /** [C][H][W], 8 bits; or float32, normalised already. */
  readonly pixels: Uint8Array | Float32Array<ArrayBuffer>;
  /** Of float32: the same as bytes, to be drawn, where there are such. */
  readonly shown?: Uint8Array;
}

/** An image that cannot be classified, and why. */
export interface FailedImage {
  readonly name: string;
  readonly error: DenseNetError;
}

export const isFailed = <T extends PreparedImage>(image: T | FailedImage): image is FailedImage => 'error' in image;

/** An image with its logits, or with what is wrong with it. */
export type Prediction<T extends PreparedImage> = { readonly image: T; readonly logits: Float32Array } | FailedImage;

export interface BatchOptions {
  /** Images per run; default PREDICT_BATCH. */
  readonly size?: number | undefined;
  /**
   * Of images that another program may name one by one: milliseconds after which those that have come are run, if no other
   * has. All batches then run in a plan of the full size, so that the same image gives the same bits whatever comes with it.
   */
  readonly idle?: number | undefined;
  /** Called when the results of a batch are there. @param images that were classified */
  readonly onBatch?: ((images: number) => void) | undefined;
}

/**
 * A result for each image, in their order, as soon as its batch is done; meanwhile the next batch is prepared.
 * @param open opens a host; called once, when there is an image to classify
 * @throws DenseNetError where the network or the GPU fails
 */
export async function* predictions<T extends PreparedImage>(
  images: AsyncIterable<T | FailedImage>,
  open: () => Promise<JobClient<HostJobs>>,
  settings: PredictorOptions,
  { size = PREDICT_BATCH, idle, onBatch }: BatchOptions = {},
): AsyncGenerator<Prediction<T>> {
  let client: JobClient<HostJobs> | undefined;
  for await (const batch of ahead(batches(images, size, idle))) {
    const good = batch.filter((image): image is T => !isFailed(image));
    // A shorter first batch is nearly always all there is; a larger one later would run in parts.
    if (good.length > 0 && !client) {
      client = await open();
      await client.run('open-predictor', { ...settings, batch: idle === undefined ? good.length : size });
    }
    const classified = client && good.length > 0 ? await runPredictor(client, good, settings) : [];
    onBatch?.(good.length);
    for (const image of batch) {
      const result = isFailed(image) ? image : classified.shift();
      if (result) yield result;
    }
  }
  await client?.run('close-predictor');
}

/**
 * One row of logits for each image.
 * @throws DenseNetError ('not-finite') naming the image for which the network's values overflow
 */
export async function predictLogits(
  client: JobClient<HostJobs>,
  images: readonly PreparedImage[],
  settings: PredictorOptions,
): Promise<Float32Array[]> {
  const answer = await client.run('predict', {
    ...settings,
    count: images.length,
    images: batchOf(images, settings.normalisation),
  });
  return results(answer, images, settings).map((prediction) => {
    if ('error' in prediction) throw prediction.error;
    return prediction.logits;
  });
}

async function runPredictor<T extends PreparedImage>(
  client: JobClient<HostJobs>,
  images: readonly T[],
  settings: PredictorOptions,
) {
  const answer = await client.run('run-predictor', {
    count: images.length,
    images: batchOf(images, settings.normalisation),
  });
  return results(answer, images, settings);
}

/** [N][C][H][W]. Where images of both kinds come together, all become float32, normalised here as the GPU does it. */
function batchOf(given: readonly PreparedImage[], normalisation: Normalisation | undefined): Uint8Array | Float32Array {
  const isMixed = given.some(
    ({ pixels }) => pixels instanceof Float32Array !== given[0]?.pixels instanceof Float32Array,
  );
  const images = given.map(({ pixels }) => ({
    pixels:
      isMixed && normalisation && pixels instanceof Uint8Array
        ? normalised(pixels, normalisation, normalisation.mean.length)
        : pixels,
  }));
  const bytes = concatBytes(
    images.map(({ pixels }) => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)),
  );
  return images[0]?.pixels instanceof Float32Array ? new Float32Array(bytes.buffer) : bytes;
}

/** Each image with its row of the answer's logits, or with what is to blame where that is not finite. */
function results<T extends PreparedImage>(
  { logits: values, nonFinite }: PredictAnswer,
  images: readonly T[],
  { precision }: PredictorOptions,
): Prediction<T>[] {
  const blamed = new Map(nonFinite.map(({ image, found }) => [image, found]));
  const classes = values.length / images.length;
  return images.map((image, i) => {
    const found = blamed.get(i);
    if (!found) return { image, logits: values.subarray(i * classes, (i + 1) * classes) };
    const problem = `${image.name}: its logits are not finite: ${blameText(found, precision)}`;
    return { name: image.name, error: new DenseNetError('not-finite', problem) };
  });
}

function blameText(found: NonFinite, precision: Precision | undefined): string {
  if (found.kind === 'image') return 'the input holds NaN or infinity';
  if ('name' in found) return `the weights' ${found.name} holds NaN or infinity`;
  const type =
    precision !== undefined && storesF16(precision) ? 'float16 (65504; --precision f32 holds more)' : 'float32';
  return `input and weights are finite, and values between them overflow ${type}: one of them is too large`;
}

/** Groups of at most `size` good images, each with the bad ones before it. */
async function* batches<T extends PreparedImage>(
  images: AsyncIterable<T | FailedImage>,
  size: number,
  idle: number | undefined,
): AsyncGenerator<(T | FailedImage)[]> {
  let batch: (T | FailedImage)[] = [];
  let good = 0;
  const iterator = images[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next(); ; ) {
      const given = batch.length > 0 && idle !== undefined ? await inTime(next, idle) : await next;
      if (given !== 'late') {
        if (given.done) break;
        next = iterator.next();
        // An error belongs to the turn that awaits it.
        next.catch(() => undefined);
        batch.push(given.value);
        if (!isFailed(given.value)) good++;
        // Bad images alone must neither wait nor fill the memory.
        if (good < size && batch.length < 4 * size) continue;
      }
      yield batch;
      batch = [];
      good = 0;
    }
    if (batch.length > 0) yield batch;
  } finally {
    // Not awaited: it may itself be waiting for an image that never comes.
    iterator.return?.().catch(() => undefined);
  }
}

/** What a promise resolves to, if it does so within that many milliseconds. */
async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same values; the next one is asked for before this one is handed out. */
async function* ahead<T>(values: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = values.next();
  for (;;) {
    const { value, done } = await next;
    if (done) return;
    next = values.next();
    // An error belongs to the turn that awaits it.
    next.catch(() => undefined);
    yield value;
  }
}
