// Files of a whole data set as something to learn from: IDX, as MNIST and its family come, in pairs of images and labels,
// and CIFAR's binary files. What a file is, it says itself; `t10k`, `test` or `val` in its name makes it part of the validation set.

import { gatherLabels, gatherPixels } from '../../src/data/batches.ts';
import { isCifar, readCifar } from '../../src/data/cifar.ts';
import { type DataFile, imageBytes, type LabelledImages, readIdx, readImages, readLabels } from '../../src/data/idx.ts';
import { normalisationOf } from '../../src/densenet/normalisation.ts';
import { ConfigError, DataError } from '../../src/runtime/errors.ts';
import { inflateIfGzipped } from '../../ui/gunzip.ts';
import {
  countClasses,
  type InputSize,
  imagesBytes,
  MAX_SET_BYTES,
  splitValidation,
  type TrainingSet,
} from './training-set.ts';

const VALIDATION_NAME = /t10k|test|val/i;

/** @throws DataError for files that are neither, ConfigError for those that make no pair or pairs */
export async function fileSet(files: readonly File[]): Promise<TrainingSet> {
  const read = await Promise.all(files.map(readFile));
  const validation = read.filter(({ name }) => VALIDATION_NAME.test(name));
  const own = read.filter(({ name }) => !VALIDATION_NAME.test(name));
  // A validation set is something to learn from as well, where there is nothing else.
  const training = imagesOf(own.length > 0 ? own : validation);
  const [learned, tested] =
    own.length > 0 && validation.length > 0
      ? [training, imagesOf(validation, training.classNames)]
      : splitBySeed(training);
  const { channels, height, width } = learned;
  if (channels !== 1 && channels !== 3) throw new ConfigError('channels', channels, 'must be 1 or 3');
  if (tested.height !== height || tested.width !== width || tested.channels !== channels) {
    throw new ConfigError('size', [tested.height, tested.width], `must be that of the others, ${height} x ${width}`);
  }
  const size: InputSize = { channels, height, width };
  const bytes = imagesBytes(learned.count + tested.count, size);
  if (bytes > MAX_SET_BYTES) throw new ConfigError('images', learned.count, `are more than ${MAX_SET_BYTES} bytes`);
  const normalisation = await measure(learned);
  const name = files.map((file) => file.name).sort()[0] ?? '';
  return {
    kind: 'files',
    id: `files-${files.map((file) => `${file.name}:${file.size}:${file.lastModified}`).join('|')}`,
    name,
    classes: countClasses(learned, tested),
    size,
    bytes: () => bytes,
    images: async () => ({ training: learned, validation: tested, normalisation, bad: [] }),
    record: () => ({ kind: 'files', files: files.map((file) => file.name) }),
  };
}

async function readFile(file: File): Promise<DataFile> {
  if (file.size > MAX_SET_BYTES) throw new DataError(file.name, file.size, `is more than ${MAX_SET_BYTES} bytes`);
  const bytes = await inflateIfGzipped(new Uint8Array(await file.arrayBuffer()), file.name, MAX_SET_BYTES);
  return { name: file.name, bytes };
}

function imagesOf(files: readonly DataFile[], classNames?: readonly string[]): LabelledImages {
  if (files.length > 0 && files.every(isCifar)) return readCifar(files);
  const isLabels = ({ bytes, name }: DataFile) => readIdx(bytes, name).shape.length === 1;
  const labels = files.find(isLabels);
  const images = files.find((file) => !isLabels(file));
  if (!labels || !images || files.length > 2) {
    const names = files.map(({ name }) => name);
    throw new ConfigError(
      'files',
      names,
      'are not one file of images and one of labels; choose both, with or without .gz',
    );
  }
  const read = readImages(images);
  const values = readLabels(labels);
  if (values.length !== read.count) {
    throw new DataError(labels.name, 4, `${values.length} labels for the ${read.count} images of ${images.name}`);
  }
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const names = classNames ?? Array.from({ length: most + 1 }, (_, label) => String(label));
  if (most >= names.length) throw new DataError(labels.name, 8, `label ${most}, which the training labels do not have`);
  return { ...read, labels: Int32Array.from(values), classNames: names };
}

/** A fifth of every class is the validation set. */
function splitBySeed(all: LabelledImages): [LabelledImages, LabelledImages] {
  const places = new Map<number, number[]>();
  for (const [index, label] of all.labels.entries()) {
    const own = places.get(label);
    if (own) own.push(index);
    else places.set(label, [index]);
  }
  const validation = new Set<number>();
  for (const [label, own] of places) {
    for (const [i, out] of splitValidation(own.length, label).entries()) if (out) validation.add(own[i] ?? 0);
  }
  const every = [...all.labels.keys()];
  return [
    gather(
      all,
      every.filter((i) => !validation.has(i)),
    ),
    gather(
      all,
      every.filter((i) => validation.has(i)),
    ),
  ];
}

function gather(all: LabelledImages, indices: readonly number[]): LabelledImages {
  const pixels = new Uint8Array(indices.length * imageBytes(all));
  const labels = new Int32Array(indices.length);
  gatherPixels(all, indices, pixels);
  gatherLabels(all, indices, labels);
  return { ...all, count: indices.length, pixels, labels };
}

/** Pixels that are summed before the page gets its turn. */
const AT_ONCE = 2 ** 22;

async function measure({ pixels, channels, height, width, count }: LabelledImages) {
  const sums = Array.from({ length: channels }, () => 0);
  const squares = Array.from({ length: channels }, () => 0);
  const area = height * width;
  for (let start = 0; start < pixels.length; start += AT_ONCE) {
    for (let i = start; i < Math.min(start + AT_ONCE, pixels.length); i++) {
      const value = pixels[i] ?? 0;
      const channel = channels === 1 ? 0 : Math.floor(i / area) % channels;
      sums[channel] = (sums[channel] ?? 0) + value;
      squares[channel] = (squares[channel] ?? 0) + value * value;
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  return normalisationOf(sums, squares, count * area);
}
