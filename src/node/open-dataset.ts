// Any data set by its path: a folder of class folders, a table (CSV), IDX, CIFAR or .npz files. One function looks at what the
// path holds, and gives training, validation and test images of one size with all that is known of them. Test images are never
// used to choose anything: validation is a set of its own, or a share of the training images.

import { stat } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { BAD_SHARE, checkedOptions } from '../data/dataset-options.ts';
import { checkBad, isTable, tableIn, withValidation } from '../data/file-set.ts';
import { PICTURE_DEFAULTS } from '../data/picture-options.ts';
import { PART_NAMES } from '../data/split.ts';
import { partSizes } from '../data/train-resize.ts';
import { ConfigError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { openArraySet } from './array-dataset.ts';
import { openArrays } from './array-sets.ts';
import { defaultCacheDir } from './cache-folder.ts';
import { OPEN_DATASET_RULES, type OpenDatasetOptions, splitShareOf } from './dataset-options.ts';
import { filePart } from './dataset-parts.ts';
import { decodeImages } from './decoded-images.ts';
import { listFiles } from './file-sets.ts';
import { entriesOf } from './image-files.ts';
import { type OpenedDataset, opened } from './opened-dataset.ts';

/**
 * Opens the data set at `path`, decoding its images where that has not been done yet.
 * @throws ConfigError for options that cannot be and a path that holds no data set; DataError where a file is damaged, or changed
 * meanwhile; StorageError where decoded images fit neither into memory nor on the disk
 */
export async function openDataset(path: string, given: OpenDatasetOptions = {}): Promise<OpenedDataset> {
  const options = checkedOptions<OpenDatasetOptions>('options', given, OPEN_DATASET_RULES);
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
  const table = tableIn(await entriesOf(path), path);
  return table === undefined ? path : join(path, table);
}

async function openFileSet(path: string, options: OpenDatasetOptions): Promise<OpenedDataset> {
  const { group, labels, signal, badShare = BAD_SHARE, cacheDir = defaultCacheDir() } = options;
  const sizes = partSizes(options);
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
  const valSplit = splitShareOf(
    options,
    listed.some(({ part }) => part === 'validation'),
  );
  const files = withValidation(listed, classNames.length, { ...options, valSplit });
  const decoded = await decodeImages(files, {
    wanted: { ...sizes.decoded, channels: options.channels },
    pictures: { ...PICTURE_DEFAULTS, ...options.pictures },
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
    const parts = PART_NAMES.flatMap((part) => filePart(part, { decoded, files, sizes, classNames, task }));
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
      valSplit,
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
