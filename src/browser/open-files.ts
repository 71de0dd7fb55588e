// A data set of the files that a page was given, as `openDataset` of Node.js makes one of files on a disk, by the same functions:
// class folders or a table, parts, groups, splits, resizing to the bit as Pillow does. Every file is decoded once as it is opened,
// so that what cannot be used is known before a training. Pixels stay in memory up to a limit; the others are decoded again when
// they are read.

import { chooseSize } from '../data/choose-size.ts';
import type { ImageDataset, LabelTask } from '../data/dataset.ts';
import { BAD_SHARE, checkedOptions, IMAGE_FILES_RULES, type ImageFilesOptions } from '../data/dataset-options.ts';
import { checkBad, type FileSet, listFolder, listTable, NAMED, tableIn, withValidation } from '../data/file-set.ts';
import type { ImageProblem } from '../data/image-folder.ts';
import { mapInOrder } from '../data/map-in-order.ts';
import { PICTURE_DEFAULTS, type PictureOptions } from '../data/picture-options.ts';
import type { InputSize } from '../data/preprocess.ts';
import { findLeaks, type Leak, PART_NAMES, type PartName } from '../data/split.ts';
import { readTextFile } from '../data/text-file.ts';
import { type PartSizes, partSizes } from '../data/train-resize.ts';
import { chosenNormalisation, type Normalisation, normalisationOf } from '../densenet/normalisation.ts';
import { ConfigError } from '../runtime/errors.ts';
import { kindOf } from '../runtime/options.ts';
import { throwIfAborted } from '../runtime/signal.ts';
import { browserDecoder } from './decode-image.ts';
import { AT_ONCE, DecodedFiles, type ImageFile, type PictureDecoder, readPicture } from './decoded-files.ts';
import {
  type FilePlace,
  isDirectory,
  locatePath,
  type PageDirectoryHandle,
  type PageFile,
  reasonOf,
  treeOfDirectory,
  treeOfFiles,
} from './file-tree.ts';

/** A data set of a page's files, opened. */
export interface OpenedFiles {
  /** The images to train on. */
  readonly train: ImageDataset;
  /** Left out where there is no validation set. */
  readonly validation?: ImageDataset | undefined;
  /** Left out where there is no test set. */
  readonly test?: ImageDataset | undefined;
  /** By label. */
  readonly classNames: readonly string[];
  /** Whether an image has one label, or any number. */
  readonly task: LabelTask;
  /** Of the training images, unless it was given. */
  readonly normalisation: Normalisation;
  /** What cannot be used, and why: it was skipped. */
  readonly problems: readonly ImageProblem[];
  /** What two parts have in common, and should not. */
  readonly leaks: readonly Leak[];
  /** What was chosen, and what is worth knowing, as sentences. */
  readonly notes: readonly string[];
}

const CACHE_BYTES = 512 * 2 ** 20;

/**
 * Opens the files of a file input or a drop (`File[]`, `FileList`; a chosen folder's say where they lay), or a directory
 * (`showDirectoryPicker`), as a data set: sub-folders are classes, `train`, `val` and `test` are parts, and a CSV lists images with
 * one label or several. In a page or a worker; decoding is the browser's, resizing happens on the calling thread.
 * @throws ConfigError for options that cannot be, files that are no data set, and too many that cannot be used; DenseNetError where
 * there is no browser; the signal's reason. Reading an image later throws DataError where its file has changed
 */
export async function openFiles(
  source: Iterable<PageFile> | PageDirectoryHandle,
  options: ImageFilesOptions = {},
): Promise<OpenedFiles> {
  return openFilesWith(source, options, browserDecoder());
}

/** The same with a decoder of one's own. */
export async function openFilesWith(
  source: Iterable<PageFile> | PageDirectoryHandle,
  given: ImageFilesOptions,
  decoder: PictureDecoder,
): Promise<OpenedFiles> {
  const options = checkedOptions<ImageFilesOptions>('options of openFiles', given, IMAGE_FILES_RULES);
  const { badShare = BAD_SHARE, signal, onProgress } = options;
  const sizes = partSizes(options);
  onProgress?.({ stage: 'list', done: 0 });
  const listed = await list(source, options);
  const { classNames, task } = listed;
  checkBad(listed.problems, listed.files.length + listed.problems.length, badShare);
  const files = withValidation(listed.files, classNames.length, options);
  const pictures = { ...PICTURE_DEFAULTS, ...options.pictures };
  const { input, notes: chosen } = await chooseInput(files, { ...options, ...sizes }, pictures, decoder);
  const images = new DecodedFiles(files, input, sizes, pictures, decoder, options.cacheBytes ?? CACHE_BYTES);
  const total = files.length + listed.problems.length;
  let done = 0;
  for await (const decoded of mapInOrder(files, AT_ONCE, (file) => images.decode(file))) {
    throwIfAborted(signal);
    images.add(done++, decoded);
    // Enough to know; as many as are named are found all the same.
    if (images.problems.length >= NAMED) checkBad([...listed.problems, ...images.problems], total, badShare);
    onProgress?.({ stage: 'decode', done, total: files.length });
  }
  const problems = [...listed.problems, ...images.problems];
  checkBad(problems, total, badShare);
  const parts = PART_NAMES.flatMap((part) => images.part(part, classNames, task));
  const of = (part: PartName) => parts.find((own) => own.part === part);
  const train = of('train');
  if (!train)
    throw new ConfigError(
      'data',
      files.length,
      `files have no training image that can be used: ${problems[0]?.problem}`,
    );
  const { channels, height, width, count } = train.dataset;
  const { sums, squares } = train.totals.total;
  const normalisation = chosenNormalisation(
    options,
    () => normalisationOf(sums, squares, count * height * width),
    channels,
  );
  const leaks = parts.length < 2 ? [] : findLeaks(parts);
  const notes = [...listed.notes, ...chosen, ...images.notes];
  return {
    train: train.dataset,
    validation: of('validation')?.dataset,
    test: of('test')?.dataset,
    classNames,
    task,
    normalisation,
    problems,
    leaks,
    notes,
  };
}

async function list(
  source: Iterable<PageFile> | PageDirectoryHandle,
  { group, labels: classNames, signal }: ImageFilesOptions,
): Promise<FileSet<FilePlace>> {
  if (typeof source !== 'object' || source === null || !(isDirectory(source) || Symbol.iterator in source))
    throw new ConfigError('files', kindOf(source), 'must be files, as of a file input, or the handle of a directory');
  const tree = isDirectory(source) ? treeOfDirectory(source) : treeOfFiles(source);
  const listing = { group, classNames, signal };
  const name = tableIn(await tree.entries([]), tree.pathOf([]));
  if (name === undefined) return listFolder(tree, listing);
  const table = await tree.locate([], name);
  const problem = (why: string) => new ConfigError('data', name, `cannot be read: ${why}`);
  if ('problem' in table) throw problem(table.problem);
  const bytes = await table.place.file.arrayBuffer().catch((cause: unknown) => {
    throw problem(reasonOf(cause));
  });
  return listTable(readTextFile(new Uint8Array(bytes), name), (path) => locatePath(tree, path), listing);
}

/** The size that is asked for, or the one that fits all images, after a look at each. */
async function chooseInput(
  files: readonly ImageFile[],
  { channels = 3, decoded, signal, onProgress }: ImageFilesOptions & PartSizes,
  pictures: PictureOptions,
  decoder: PictureDecoder,
): Promise<{ readonly input: InputSize; readonly notes: readonly string[] }> {
  const { height, width } = decoded;
  if (height !== undefined && width !== undefined) return { input: { ...decoded, channels, height, width }, notes: [] };
  const sizes: { readonly height: number; readonly width: number }[] = [];
  let done = 0;
  for await (const found of mapInOrder(files, AT_ONCE, (file) => readPicture(file, pictures, decoder))) {
    throwIfAborted(signal);
    onProgress?.({ stage: 'measure', done: ++done, total: files.length });
    if ('image' in found) sizes.push({ height: found.image.height, width: found.image.width });
  }
  const { why, ...chosen } = chooseSize(sizes);
  return { input: { ...decoded, channels, ...chosen }, notes: [why] };
}
