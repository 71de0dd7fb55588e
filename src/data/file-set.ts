// Data sets whose images are files, as they are listed: a folder of class folders, or a table (CSV); and the rules that hold for
// both, on a disk and in a page: how many files may be unusable, and which become the validation set.

import { ConfigError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import type { ImageDataset, ImageDetails, LabelTask } from './dataset.ts';
import {
  type Ending,
  type Entries,
  type FoundImages,
  findClassFolders,
  type ImageProblem,
  type ImageTree,
  inTurns,
  type ListedImage,
  type Located,
} from './image-folder.ts';
import { readManifest } from './manifest.ts';
import { type PartName, stratifiedSplit } from './split.ts';
import type { TextFile } from './text-file.ts';

/** What is listed, and is to be decoded. */
export interface FileSet<Place> extends FoundImages<Place> {
  readonly kind: 'folder' | 'csv';
  readonly task: LabelTask;
}

export interface ListOptions {
  /** A column of a table, or a level of folders. */
  readonly group?: string | number | undefined;
  readonly classNames?: readonly string[] | undefined;
  readonly signal?: Ending;
}

export const isTable = (path: string): boolean => /\.(csv|tsv)$/i.test(path);

/**
 * The table of a folder with nothing but images and one table; undefined: its sub-folders are classes or parts.
 * @throws ConfigError where there are several
 */
export function tableIn({ folders, files }: Entries, folder: string): string | undefined {
  const [table, ...more] = files.filter(isTable);
  if (table === undefined || folders.length > 1) return undefined;
  if (more.length === 0) return table;
  const meant = printableName(`${folder}/${table}`);
  throw new ConfigError(
    'data',
    folder,
    `holds ${1 + more.length} tables; give the one that is meant, such as ${meant}`,
  );
}

/** @throws ConfigError as findClassFolders, and for a group that is no level */
export async function listFolder<Place>(
  tree: ImageTree<Place>,
  { group, classNames, signal }: ListOptions,
): Promise<FileSet<Place>> {
  const level = group === undefined ? undefined : Number(group);
  if (level !== undefined && !(Number.isInteger(level) && level >= 2 && level <= 32)) {
    throw new ConfigError(
      'group',
      group,
      'is no level of folders: 2 is the folder below the class, 3 the one below that; a table (CSV) has columns',
    );
  }
  return {
    kind: 'folder',
    task: 'single-label',
    ...(await findClassFolders(tree, { group: level, classNames, signal })),
  };
}

/**
 * @param locate an image by its path in the table
 * @throws DataError, ConfigError as readManifest; ConfigError where no image can be read, or none is for training
 */
export async function listTable<Place>(
  table: TextFile,
  locate: (path: string) => Promise<Located<Place>>,
  { group, classNames, signal }: ListOptions,
): Promise<FileSet<Place>> {
  const manifest = readManifest(table, { group: group === undefined ? undefined : String(group), classNames });
  const problems: ImageProblem[] = manifest.problems.map(({ row, path, problem }) => ({
    path: path || table.name,
    problem: `row ${row}: ${problem}`,
  }));
  const found = await inTurns(manifest.rows, ({ path }) => locate(path), signal);
  const files: ListedImage<Place>[] = [];
  for (const [i, { row, path: name, label, group: own, part = 'train' }] of manifest.rows.entries()) {
    const there = found[i];
    if (!there || 'problem' in there)
      problems.push({ path: name, problem: `row ${row}: ${there?.problem ?? 'cannot be read'}` });
    else files.push({ ...there.place, name, label, part, group: own });
  }
  if (files.length === 0)
    throw new ConfigError(
      'data',
      table.name,
      `names no image that can be read: ${problems[0]?.path}: ${problems[0]?.problem}`,
    );
  if (!files.some(({ part }) => part === 'train'))
    throw new ConfigError('data', table.name, 'has no training images: no row of split train');
  const alone = group === undefined ? 0 : files.filter((file) => file.group === undefined).length;
  const notes = alone > 0 ? [`${alone} images have no ${group}: each is a group by itself`] : [];
  return { kind: 'csv', task: manifest.task, files, classNames: manifest.classNames, problems, notes };
}

type Labelled = Pick<ListedImage<unknown>, 'part' | 'label' | 'group'>;

/** Labels as a data set has them. */
export function labelsOf(files: readonly Labelled[], classes: number): Int32Array | Float32Array {
  if (!files.some(({ label }) => typeof label === 'object'))
    return Int32Array.from(files, ({ label }) => Number(label));
  const labels = new Float32Array(files.length * classes);
  for (const [i, { label }] of files.entries()) labels.set(typeof label === 'number' ? [label] : label, i * classes);
  return labels;
}

/** How the images of files are read. */
export interface FileImages
  extends Pick<ImageDataset, 'channels' | 'height' | 'width' | 'classNames' | 'read' | 'sha256'>,
    Pick<ImageDetails, 'size'> {
  readonly task: LabelTask;
}

/** Files as a data set, in their order. */
export function fileDataset(
  files: readonly (Labelled & { readonly name: string })[],
  { classNames, task, size, ...images }: FileImages,
): ImageDataset {
  const labels = labelsOf(files, classNames.length);
  return {
    ...images,
    count: files.length,
    classNames,
    labels: task === 'multi-label' ? Float32Array.from(labels) : labels,
    about: { name: (index) => files[index]?.name ?? '', group: (index) => files[index]?.group, size },
  };
}

export interface ValidationOptions {
  readonly valSplit?: number | undefined;
  readonly seed?: number | undefined;
  readonly group?: string | number | undefined;
}

/** The files, a share of the training images among them marked for validation. @throws ConfigError where there is such a set */
export function withValidation<File extends Labelled>(
  files: readonly File[],
  classes: number,
  { valSplit, seed = 0, group }: ValidationOptions,
): readonly File[] {
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
  const validation: PartName = 'validation';
  return files.map((file) => (held.has(file) ? { ...file, part: validation } : file));
}

/** How many problems an error names. */
export const NAMED = 3;

/** @throws ConfigError where more files are bad than may be */
export function checkBad(problems: readonly ImageProblem[], total: number, badShare: number): void {
  if (problems.length <= badShare * total) return;
  const named = problems.slice(0, NAMED).map(({ path, problem }) => `${printableName(path)} (${problem})`);
  const rest = problems.length > NAMED ? ' …' : '';
  throw new ConfigError(
    'badShare',
    badShare,
    `is exceeded: at least ${problems.length} of ${total} images cannot be used: ${named.join(', ')}${rest}; repair or remove them, or allow a larger share`,
  );
}
