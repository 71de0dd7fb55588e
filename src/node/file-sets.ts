// Data sets whose images are files: a folder of class folders, or a table (CSV) that lists them. Gives what is to be decoded.

import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { LabelTask } from '../data/dataset.ts';
import { readManifest } from '../data/manifest.ts';
import type { PartName } from '../data/split.ts';
import { readTextFile } from '../data/text-file.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { DatasetKind } from './dataset-options.ts';
import {
  type FoundImages,
  findClassFolders,
  type ImageFile,
  type ImageProblem,
  inTurns,
  statOf,
} from './image-files.ts';
import { readWhole } from './read-file.ts';

export interface FileSet extends FoundImages {
  readonly kind: Extract<DatasetKind, 'folder' | 'csv'>;
  readonly task: LabelTask;
}

export interface ListOptions {
  /** A column of a table, or a level of folders. */
  readonly group?: string | number | undefined;
  readonly classNames?: readonly string[] | undefined;
  /** All images are of this part, whatever the path says; left out: as it says. */
  readonly part?: PartName | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const isTable = (path: string): boolean => /\.(csv|tsv)$/i.test(path);

/** @throws ConfigError, DataError as findClassFolders and readManifest */
export async function listFiles(path: string, options: ListOptions): Promise<FileSet> {
  const found = isTable(path) ? await listTable(path, options) : await listFolder(path, options);
  const { part } = options;
  if (part === undefined) return found;
  const other = found.files.find((file) => file.part !== 'train');
  if (other)
    throw new ConfigError(part, path, `has a ${other.part} set of its own; give the folder or table of one set`);
  return { ...found, files: found.files.map((file) => ({ ...file, part, name: join(path, file.name) })) };
}

async function listFolder(path: string, { group, classNames, signal }: ListOptions): Promise<FileSet> {
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
    ...(await findClassFolders(path, { group: level, classNames, signal })),
  };
}

async function listTable(path: string, { group, classNames, signal }: ListOptions): Promise<FileSet> {
  const text = readTextFile(await readWhole(path), path);
  const manifest = readManifest(text, { group: group === undefined ? undefined : String(group), classNames });
  const problems: ImageProblem[] = manifest.problems.map(({ row, path: image, problem }) => ({
    path: image || path,
    problem: `row ${row}: ${problem}`,
  }));
  const folder = dirname(path);
  const found = await inTurns(manifest.rows, async ({ path: own }) => locate(folder, own), signal);
  const files: ImageFile[] = [];
  for (const [i, { row, path: name, label, group: own, part = 'train' }] of manifest.rows.entries()) {
    const there = found[i];
    if (!there || 'problem' in there)
      problems.push({ path: name, problem: `row ${row}: ${there?.problem ?? 'cannot be read'}` });
    else files.push({ ...there, name, label, part, group: own });
  }
  if (files.length === 0)
    throw new ConfigError(
      'data',
      path,
      `names no image that can be read: ${problems[0]?.path}: ${problems[0]?.problem}`,
    );
  if (!files.some(({ part }) => part === 'train'))
    throw new ConfigError('data', path, 'has no training images: no row of split train');
  const alone = group === undefined ? 0 : files.filter((file) => file.group === undefined).length;
  const notes = alone > 0 ? [`${alone} images have no ${group}: each is a group by itself`] : [];
  return { kind: 'csv', task: manifest.task, files, classNames: manifest.classNames, problems, notes };
}

/** A table's image: its path from the table's folder, as it is or with slashes of another system. */
async function locate(
  folder: string,
  name: string,
): Promise<Pick<ImageFile, 'path' | 'bytes' | 'mtimeMs'> | { readonly problem: string }> {
  if (/^[a-z]{2,10}:\/\//i.test(name)) return { problem: 'is an address on the web; fetch the images first' };
  if (name.includes('\0')) return { problem: 'is no file name' };
  const whole = (own: string) => (isAbsolute(own) ? own : join(folder, own));
  const candidates = [name, ...(name.includes('\\') ? [name.replaceAll('\\', '/')] : [])].map(whole);
  for (const path of candidates) {
    const there = await stat(path).then(
      () => true,
      () => false,
    );
    if (!there && path !== candidates.at(-1)) continue;
    const stated = await statOf(path);
    return 'problem' in stated ? stated : { path, ...stated };
  }
  return { problem: 'is no file name' };
}
