// The images that `train` learns from: the four IDX files of a folder, gzipped or not, or the sample that comes along.
// Class names and normalisation come from these files or from options, never from another data set.
import { join } from 'node:path';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { FASHION_MNIST_CLASSES, FASHION_MNIST_FILES, isFashionMnist } from '../../src/data/fashion-mnist.ts';
import { type DataFile, type LabelledImages, readLabelledImages } from '../../src/data/idx.ts';
import { measureNormalisation, type Normalisation } from '../../src/densenet/normalisation.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { sha256 } from '../../src/training/fingerprint.ts';
import { inflateIfGzipped } from '../../ui/gunzip.ts';
import { isFile, readInputFile } from '../files.ts';
import { packageRoot } from '../host/package-root.ts';

export const SAMPLE = 'fashion-mnist-sample';

/** The images of a training. */
export interface TrainingData {
  readonly training: ImageDataset;
  /** Left out: nothing is validated. */
  readonly validation?: ImageDataset | undefined;
  /** Looked at once, at the end; nothing is chosen by it. */
  readonly test?: ImageDataset | undefined;
}

/** The sample that comes along, with its test images as validation images: for runs that choose nothing by them. */
export interface ReadTrainingData {
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  /** Mean and standard deviation of all training images, per channel. */
  readonly normalisation: Normalisation;
  /** Where the class names come from; 'numbers': there are none. */
  readonly named: 'labels' | 'recognised' | 'numbers';
}

/**
 * @param images train on the first n images only
 * @param names the class names, in the order of the labels
 * @throws ConfigError where a file is missing, or the two sets do not fit each other; DataError where one is damaged
 */
export async function readTrainingData(
  data: string,
  images?: number,
  names?: readonly string[],
): Promise<ReadTrainingData> {
  const folder = data === SAMPLE ? join(packageRoot, 'data', SAMPLE) : data;
  const read = async (part: 'training' | 'test') => {
    const files = FASHION_MNIST_FILES[part];
    return [await readMaybeGzipped(folder, files.images), await readMaybeGzipped(folder, files.labels)] as const;
  };
  const files = await read('training');
  const own = names ?? (await recognisedNames(files));
  const training = readLabelledImages(...files, { names: own });
  const validation = readLabelledImages(...(await read('test')), { names: training.classNames });
  for (const field of ['channels', 'height', 'width'] as const) {
    if (training[field] === validation[field]) continue;
    throw new ConfigError(
      '--data',
      data,
      `has training images of ${field} ${training[field]} but test images of ${field} ${validation[field]}`,
    );
  }
  return {
    training: images === undefined ? training : first(training, images),
    validation,
    normalisation: measureNormalisation(training.pixels, training.channels, training.height * training.width),
    named: names ? 'labels' : own ? 'recognised' : 'numbers',
  };
}

async function recognisedNames([images, labels]: readonly [DataFile, DataFile]) {
  const digests = { images: await sha256(images.bytes), labels: await sha256(labels.bytes) };
  return isFashionMnist(digests) ? FASHION_MNIST_CLASSES : undefined;
}

/** The classes, and what a user should know of them, as a sentence. */
export function classesNote({ training, named }: ReadTrainingData): string {
  const { classNames, labels } = training;
  const seen = new Set(labels);
  const unseen = [...classNames.keys()].filter((label) => !seen.has(label));
  const named1 = (label: number) => (named === 'numbers' ? String(label) : `${label} (${classNames[label]})`);
  const without =
    unseen.length === 0
      ? ''
      : `; no training images of class ${unseen.slice(0, 8).map(named1).join(', ')}${unseen.length > 8 ? ' …' : ''}`;
  const count = `${classNames.length} ${classNames.length === 1 ? 'class' : 'classes'}`;
  if (named !== 'numbers') return `${count}: ${shortList(classNames)}${without}`;
  return `${count}, without names (IDX files hold none; --labels FILE gives them)${without}`;
}

/** The first names of a list, and how many there are in all. */
export function shortList(names: readonly string[]): string {
  const more = names.length > 6 ? ` … (${names.length})` : '';
  return `${names.slice(0, 6).join(', ')}${more}`;
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
