// The images of a training, and the sample of Fashion-MNIST that comes along.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { FASHION_MNIST_FILES, readFashionMnist } from '../../src/data/fashion-mnist.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { measureNormalisation, type Normalisation } from '../../src/densenet/normalisation.ts';
import { packageRoot } from '../host/package-root.ts';

export const SAMPLE = 'fashion-mnist-sample';
export const SAMPLE_FOLDER = join(packageRoot, 'data', SAMPLE);

export interface TrainingData {
  readonly training: ImageDataset;
  /** Left out: nothing is validated. */
  readonly validation?: ImageDataset | undefined;
  /** Looked at once, at the end; nothing is chosen by it. */
  readonly test?: ImageDataset | undefined;
}

/** The sample, with its test images as validation images: for runs that choose nothing by them. */
export interface SampleData {
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  /** Mean and standard deviation of all training images, per channel. */
  readonly normalisation: Normalisation;
  readonly named: 'data set';
}

/** @param images the first n training images only */
export async function readSample(images?: number): Promise<SampleData> {
  const read = async (part: 'training' | 'test') => {
    const files = FASHION_MNIST_FILES[part];
    const file = async (name: string) => ({
      name,
      bytes: gunzipSync(await readFile(join(SAMPLE_FOLDER, `${name}.gz`))),
    });
    return readFashionMnist(await file(files.images), await file(files.labels));
  };
  const training = await read('training');
  return {
    training: images === undefined ? training : first(training, images),
    validation: await read('test'),
    normalisation: measureNormalisation(training.pixels, training.channels, training.height * training.width),
    named: 'data set',
  };
}

/** The first `count` images; all of them where there are fewer. */
export function first(images: LabelledImages, count: number): LabelledImages {
  const kept = Math.min(count, images.count);
  const bytes = images.channels * images.height * images.width;
  const { pixels, labels } = images;
  return { ...images, count: kept, pixels: pixels.subarray(0, kept * bytes), labels: labels.subarray(0, kept) };
}

/** The first names of a list, and how many there are in all. */
export function shortList(names: readonly string[]): string {
  const more = names.length > 6 ? ` … (${names.length})` : '';
  return `${names.slice(0, 6).join(', ')}${more}`;
}
