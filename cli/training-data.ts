// The images that `train` learns from: the four IDX files of a folder, gzipped or not, or the sample that comes along.
import { join } from 'node:path';
import { FASHION_MNIST_FILES, readFashionMnist } from '../src/data/fashion-mnist.ts';
import type { DataFile, LabelledImages } from '../src/data/idx.ts';
import { inflateIfGzipped } from '../src/hosts/gunzip.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { packageRoot } from './host/package-root.ts';
import { isFile, readInputFile } from './input-file.ts';

export const SAMPLE = 'fashion-mnist-sample';

export interface TrainingData {
  readonly training: LabelledImages;
  readonly heldOut: LabelledImages;
}

/**
 * @param images train on the first so many only
 * @throws ConfigError where a file is missing, or the two sets do not fit each other; DataError where one is damaged
 */
export async function readTrainingData(data: string, images?: number): Promise<TrainingData> {
  const folder = data === SAMPLE ? join(packageRoot, 'data', SAMPLE) : data;
  const read = async (part: 'training' | 'test') => {
    const names = FASHION_MNIST_FILES[part];
    return readFashionMnist(await readMaybeGzipped(folder, names.images), await readMaybeGzipped(folder, names.labels));
  };
  const training = await read('training');
  const heldOut = await read('test');
  for (const field of ['channels', 'height', 'width'] as const) {
    if (training[field] === heldOut[field]) continue;
    throw new ConfigError(
      '--data',
      data,
      `has training images of ${field} ${training[field]}, test images of ${heldOut[field]}`,
    );
  }
  return { training: images === undefined ? training : first(training, images), heldOut };
}

async function readMaybeGzipped(folder: string, name: string): Promise<DataFile> {
  for (const file of [join(folder, name), join(folder, `${name}.gz`)]) {
    if (await isFile(file)) return { name: file, bytes: await inflateIfGzipped(await readInputFile(file), file) };
  }
  throw new ConfigError('--data', folder, `has no file ${name}, nor ${name}.gz`);
}

/** The first `count` images; all of them where there are fewer. */
export function first(images: LabelledImages, count: number): LabelledImages {
  const kept = Math.min(count, images.count);
  const bytes = images.channels * images.height * images.width;
  const { pixels, labels } = images;
  return { ...images, count: kept, pixels: pixels.subarray(0, kept * bytes), labels: labels.subarray(0, kept) };
}
