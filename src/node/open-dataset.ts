// Any data set by its path: a folder of class folders, a table (CSV), IDX, CIFAR or .npz files. One function looks at what the
// path holds, and gives training, validation and test images of one size with all that is known of them. Test images are never
// used to choose anything: validation is a set of its own, or a share of the training images.

import { stat } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import {
  type AnyLabelledImages,
  type ImageDataset,
  inMemory,
  type LabelTask,
  subset,
  taskOf,
} from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import { PICTURE_DEFAULTS } from '../data/picture-options.ts';
import { prepareImage } from '../data/preprocess.ts';
import { findLeaks, type Leak, PART_NAMES, type PartName, stratifiedSplit } from '../data/split.ts';
import { type Normalisation, normalisationOf, normalisationTable } from '../densenet/normalisation.ts';
import { ConfigError } from '../runtime/errors.ts';
import { checkOptions } from '../runtime/options.ts';
import { printableName } from '../runtime/printable.ts';
import { type ArraySet, openArrays } from './array-sets.ts';
import { defaultCacheDir } from './cache-folder.ts';
import { OPEN_DATASET_RULES, type OpenDatasetOptions, sizeOf } from './dataset-options.ts';
import { arrayPart, type DatasetPart, filePart, labelsOf } from './dataset-parts.ts';
import { checkBad } from './decode-files.ts';
import { decodeImages } from './decoded-images.ts';
import { type FileSet, isTable, listFiles } from './file-sets.ts';
import { entriesOf, type ImageFile, type ImageProblem } from './image-files.ts';

/** A data set, opened. */
export interface OpenedDataset {
  readonly train: ImageDataset;
  readonly validation?: ImageDataset | undefined;
  readonly test?: ImageDataset | undefined;
  /** The same, with digests. */
  readonly parts: readonly DatasetPart[];
  readonly classNames: readonly string[];
  readonly task: LabelTask;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Of the training images, unless it was given. */
  readonly normalisation: Normalisation;
  /** What cannot be used, and why: it was skipped. */
  readonly problems: readonly ImageProblem[];
  /** What two parts have in common, and should not. */
  readonly leaks: readonly Leak[];
  /** What was chosen, and what is worth knowing, as sentences. */
  readonly notes: readonly string[];
  readonly source: { readonly kind: ArraySet['kind'] | FileSet['kind']; readonly path: string };
  /** Gives files and memory back; nothing can be read any more. */
  close(): void;
}

/**
 * Opens the data set at `path`, decoding its images where that has not been done yet.
 * @throws ConfigError for options that cannot be and a path that holds no data set; DataError where a file is damaged, or changed
 * meanwhile; StorageError where decoded images fit neither into memory nor on the disk
 */
export async function openDataset(path: string, options: OpenDatasetOptions = {}): Promise<OpenedDataset> {
  checkOptions('options', options, OPEN_DATASET_RULES);
  if (options.val !== undefined && options.valSplit !== undefined) {
    throw new ConfigError(
      'valSplit',
      options.valSplit,
      `is given beside a validation set (${options.val}); choose one`,
    );
  }
  const arrays = await openArrays(path, options.labels);
  return arrays ? openArraySet(path, arrays, options) : openFileSet(await filesAt(path), options);
}

/** The folder or table itself; of a folder with nothing but images and one table, that table. */
async function filesAt(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ConfigError('data', path, 'is no file or folder');
  if (found.isFile()) {
    if (isTable(path)) return path;
    throw new ConfigError(
      'data',
      path,
      'is no data set: a folder of class folders, a table (.csv), IDX, CIFAR or .npz files',
    );
  }
  const { folders, files } = await entriesOf(path);
  const [table, ...more] = files.filter(isTable);
  if (table === undefined || folders.length > 1) return path;
  if (more.length > 0)
    throw new ConfigError(
      'data',
      path,
      `holds ${1 + more.length} tables; give the one that is meant, such as ${printableName(join(path, table))}`,
    );
  return join(path, table);
}

async function openFileSet(path: string, options: OpenDatasetOptions): Promise<OpenedDataset> {
  const {
    group,
    labels,
    signal,
    badShare = 0.05,
    cacheDir = defaultCacheDir(),
    resizing,
    pictures = PICTURE_DEFAULTS,
  } = options;
  options.onProgress?.({ stage: 'list', done: 0 });
  const main = await listFiles(path, { group, classNames: labels, signal });
  const sets = [main];
  for (const [part, own] of [
    ['validation', options.val],
    ['test', options.test],
  ] as const) {
    if (own === undefined) continue;
    if (main.files.some((file) => file.part === part))
      throw new ConfigError(
        part === 'test' ? 'test' : 'val',
        own,
        `is given, but ${path} has a ${part} set of its own`,
      );
    sets.push(await listFiles(await filesAt(own), { group, classNames: main.classNames, part, signal }));
  }
  const { task, classNames } = main;
  const listed = sets.flatMap((set) => set.files);
  const unlisted = sets.flatMap((set) => set.problems);
  // Those that are listed and turn out bad count on top, as they are decoded.
  checkBad(unlisted, listed.length + unlisted.length, badShare);
  const files = withValidation(listed, classNames.length, options);
  const { height, width } = sizeOf(options.size);
  const decoded = await decodeImages(files, {
    wanted: { ...resizing, channels: options.channels, height, width },
    pictures,
    badShare,
    memory: options.cacheBytes ?? defaultMemory(),
    cacheDir: cacheDir === false ? undefined : cacheDir,
    pool: { threads: options.threads },
    signal,
    onProgress: options.onProgress,
  });
  try {
    const problems = [
      ...unlisted,
      ...decoded.info.problems.map(({ file, problem }) => ({ path: files[file]?.name ?? '', problem })),
    ];
    checkBad(problems, listed.length + unlisted.length, badShare);
    const parts = PART_NAMES.flatMap((part) => filePart(part, decoded, files, classNames, task));
    const notes = [
      ...sets.flatMap((set) => set.notes),
      ...decoded.info.chosen,
      ...decoded.info.notes.map(
        ({ note, count, file }) =>
          `${printableName(files[file]?.name ?? '')} ${note}${count > 1 ? ` (as are ${count - 1} more)` : ''}`,
      ),
      ...(decoded.unkept === undefined ? [] : [decoded.unkept]),
    ];
    return await opened({
      parts,
      classNames,
      task,
      problems,
      notes,
      path,
      kind: main.kind,
      options,
      close: () => decoded.close(),
    });
  } catch (error) {
    decoded.close();
    throw error;
  }
}

const MOST_MEMORY = 2 * 1024 ** 3;

/** A quarter of what is free, at most 2 GB. */
function defaultMemory(): number {
  const free = typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();
  return Math.min(MOST_MEMORY, free / 4);
}

/** The files, the validation set's among them marked. */
function withValidation(
  files: readonly ImageFile[],
  classes: number,
  { valSplit, seed = 0, group }: OpenDatasetOptions,
): readonly ImageFile[] {
  if (valSplit === undefined) return files;
  if (files.some(({ part }) => part === 'validation'))
    throw new ConfigError(
      'valSplit',
      valSplit,
      'is given, but the data set has a validation set of its own; leave it out',
    );
  const training = files.filter(({ part }) => part === 'train');
  const groups = group === undefined ? undefined : training.map((file) => file.group);
  const split = stratifiedSplit({ labels: labelsOf(training, classes), classes, share: valSplit, seed, groups });
  const held = new Set([...split.validation].map((index) => training[index]));
  return files.map((file) => (held.has(file) ? { ...file, part: 'validation' } : file));
}

async function openArraySet(
  path: string,
  { kind, parts: own, notes }: ArraySet,
  options: OpenDatasetOptions,
): Promise<OpenedDataset> {
  const { valSplit, seed = 0, group } = options;
  if (group !== undefined)
    throw new ConfigError('group', group, `cannot be: ${kind} files say nothing of groups; a table (CSV) does`);
  const sets = { ...own };
  for (const [part, given] of [
    ['validation', options.val],
    ['test', options.test],
  ] as const) {
    if (given === undefined) continue;
    if (sets[part])
      throw new ConfigError(
        part === 'test' ? 'test' : 'val',
        given,
        `is given, but ${path} has a ${part} set of its own`,
      );
    const other = await openArrays(given, own.train.classNames);
    if (!other)
      throw new ConfigError(part === 'test' ? 'test' : 'val', given, `holds no arrays of images, as ${path} does`);
    sets[part] = other.parts.train;
  }
  const sized = (images: AnyLabelledImages | undefined) => images && resized(images, options);
  const train = sized(sets.train) ?? sets.train;
  if (valSplit !== undefined && sets.validation)
    throw new ConfigError(
      'valSplit',
      valSplit,
      'is given, but the data set has a validation set of its own; leave it out',
    );
  const whole = { train: inMemory(train), validation: sized(sets.validation), test: sized(sets.test) };
  const { channels, height, width } = train;
  for (const part of ['validation', 'test'] as const) {
    const other = whole[part];
    if (!other || (other.channels === channels && other.height === height && other.width === width)) continue;
    throw new ConfigError(
      'data',
      path,
      `has training images of ${channels} x ${height} x ${width} but ${part} images of ${other.channels} x ${other.height} x ${other.width}`,
    );
  }
  const split =
    valSplit === undefined
      ? undefined
      : stratifiedSplit({ labels: train.labels, classes: train.classNames.length, share: valSplit, seed });
  const images = {
    train: split ? subset(whole.train, split.train) : whole.train,
    validation: split ? subset(whole.train, split.validation) : whole.validation && inMemory(whole.validation),
    test: whole.test && inMemory(whole.test),
  };
  const parts = PART_NAMES.flatMap((part) => (images[part] ? [arrayPart(part, images[part])] : []));
  return opened({
    parts,
    classNames: train.classNames,
    task: taskOf(train),
    problems: [],
    notes,
    path,
    kind,
    options,
    close: () => {},
  });
}

/** The images at the size and with the channels that are asked for. */
function resized(
  images: AnyLabelledImages,
  { size, channels = images.channels, resizing }: OpenDatasetOptions,
): AnyLabelledImages {
  const { height = images.height, width = images.width } = sizeOf(size);
  if (height === images.height && width === images.width && channels === images.channels) return images;
  const area = images.height * images.width;
  const bytes = imageBytes(images);
  const own = images.channels === 1 ? 1 : 3;
  if (images.channels !== own)
    throw new ConfigError('size', size, `cannot be: images of ${images.channels} channels are not resized`);
  const into = imageBytes({ channels, height, width });
  const pixels = new Uint8Array(images.count * into);
  const interleaved = new Uint8Array(bytes);
  for (let image = 0; image < images.count; image++) {
    for (let i = 0; i < bytes; i++)
      interleaved[(i % area) * own + Math.floor(i / area)] = images.pixels[image * bytes + i] ?? 0;
    const decoded = { width: images.width, height: images.height, channels: own, pixels: interleaved } as const;
    pixels.set(prepareImage(decoded, { ...resizing, channels, height, width }), image * into);
  }
  return { ...images, channels, height, width, pixels };
}

interface ToOpen {
  readonly parts: readonly DatasetPart[];
  readonly classNames: readonly string[];
  readonly task: LabelTask;
  readonly problems: readonly ImageProblem[];
  readonly notes: readonly string[];
  readonly path: string;
  readonly kind: OpenedDataset['source']['kind'];
  readonly options: OpenDatasetOptions;
  close(): void;
}

async function opened({ parts, path, kind, options, ...rest }: ToOpen): Promise<OpenedDataset> {
  const of = (part: PartName) => parts.find((own) => own.part === part);
  const train = of('train');
  if (!train)
    throw new ConfigError(
      'data',
      path,
      `has no training images that can be used: ${rest.problems[0]?.path}: ${rest.problems[0]?.problem}`,
    );
  const { channels, height, width } = train.images;
  const leaks =
    parts.length < 2
      ? []
      : findLeaks(
          await Promise.all(
            parts.map(async ({ part, images, contents }) => ({
              part,
              groups: Array.from({ length: images.about ? images.count : 0 }, (_, index) => images.about?.group(index)),
              contents: await contents(),
            })),
          ),
        );
  const normalisation = await normalisationFor(train, options);
  return {
    ...rest,
    ...{ parts, train: train.images, validation: of('validation')?.images, test: of('test')?.images },
    ...{ channels, height, width, normalisation, leaks },
    source: { kind, path },
  };
}

/** As given; what is not, as measured. @throws ConfigError for another number of channels */
async function normalisationFor(train: DatasetPart, { mean, std }: OpenDatasetOptions): Promise<Normalisation> {
  const { images } = train;
  const { sums, squares } = mean && std ? { sums: [], squares: [] } : await train.totals();
  const measured = normalisationOf(sums, squares, images.count * images.height * images.width);
  const normalisation = { mean: mean ?? measured.mean, std: std ?? measured.std };
  normalisationTable(normalisation, images.channels);
  return normalisation;
}
