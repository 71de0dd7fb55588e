// Logits of all images of a data set: read in batches, never held all at once, and run by the jobs that `predict` has. Only logits
// stay, a few numbers per image.
import type { ImageDataset } from '../../src/data/dataset.ts';
import { imageBytes } from '../../src/data/idx.ts';
import { type Preprocessing, prepareImage } from '../../src/data/preprocess.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { PredictorOptions } from '../../src/jobs/predict.ts';
import { PREDICT_BATCH } from '../../src/jobs/predict.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { type PreparedImage, predictions } from '../prediction.ts';

export interface EvaluatedImages {
  /** [count][classes] */
  readonly logits: Float32Array<ArrayBuffer>;
  readonly imagesPerSecond: number;
}

export interface LogitsOptions {
  readonly client: JobClient<HostJobs>;
  readonly settings: PredictorOptions;
  readonly preprocessing: Preprocessing;
  readonly classes: number;
  readonly imageName: (image: number) => string;
  /** Called after every batch, with the images so far. */
  readonly onProgress?: (done: number) => void;
}

/**
 * @throws DataError where an image cannot be read; DenseNetError ('not-finite') naming the image whose logits are not finite;
 * what the job throws
 */
export async function datasetLogits(images: ImageDataset, options: LogitsOptions): Promise<EvaluatedImages> {
  const { client, settings, preprocessing, classes, imageName, onProgress } = options;
  const logits = new Float32Array(images.count * classes);
  const started = performance.now();
  let done = 0;
  const rows = predictions(prepared(images, preprocessing, imageName), async () => client, settings);
  for await (const row of rows) {
    if ('error' in row) throw row.error;
    logits.set(row.logits, done * classes);
    done++;
    if (done % PREDICT_BATCH === 0 || done === images.count) onProgress?.(done);
  }
  return { logits, imagesPerSecond: done / Math.max((performance.now() - started) / 1000, 1e-6) };
}

/** Each image as the network takes it: as it is where it has the network's size, else as `predict` prepares a picture. */
async function* prepared(
  images: ImageDataset,
  preprocessing: Preprocessing,
  imageName: (image: number) => string,
): AsyncGenerator<PreparedImage> {
  const bytes = imageBytes(images);
  const prepare = preparation(images, preprocessing);
  const numbers = new Uint32Array(PREDICT_BATCH);
  for (let first = 0; first < images.count; first += PREDICT_BATCH) {
    const count = Math.min(PREDICT_BATCH, images.count - first);
    for (let i = 0; i < count; i++) numbers[i] = first + i;
    const batch = new Uint8Array(count * bytes);
    await images.read(numbers.subarray(0, count), batch);
    for (let i = 0; i < count; i++)
      yield { name: imageName(first + i), pixels: prepare(batch.subarray(i * bytes, (i + 1) * bytes)) };
  }
}

/** From an image as the data set has it to one as the network takes it, [C][H][W], 8 bits. */
export function preparation(images: ImageDataset, preprocessing: Preprocessing): (pixels: Uint8Array) => Uint8Array {
  const { channels, height, width } = images;
  if (isNetworkSize(images, preprocessing)) return (pixels) => pixels;
  if (channels !== 1 && channels !== 3)
    throw new ConfigError('channels', channels, `of the data set are not the network's ${preprocessing.channels}`);
  return (planes) => {
    const area = height * width;
    const pixels = Uint8Array.from(planes, (_, at) => planes[(at % channels) * area + Math.floor(at / channels)] ?? 0);
    return prepareImage({ width, height, channels, pixels }, preprocessing);
  };
}

export const isNetworkSize = (
  images: Pick<ImageDataset, 'channels' | 'height' | 'width'>,
  { channels, height, width }: Preprocessing,
): boolean => images.channels === channels && images.height === height && images.width === width;
