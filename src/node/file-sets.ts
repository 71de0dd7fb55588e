// Data sets whose images are files on a disk: a folder of class folders, or a table (CSV) that lists them (data/file-set.ts).

import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { type FileSet, isTable, type ListOptions, listFolder, listTable } from '../data/file-set.ts';
import type { Located } from '../data/image-folder.ts';
import type { PartName } from '../data/split.ts';
import { readTextFile } from '../data/text-file.ts';
import { ConfigError } from '../runtime/errors.ts';
import { type FilePlace, folderTree, statOf } from './image-files.ts';
import { readWhole } from './read-file.ts';

/**
 * @param part all images are of this part, whatever the path says; left out: as it says
 * @throws ConfigError, DataError as `listFolder` and `listTable`
 */
export async function listFiles(
  path: string,
  { part, ...options }: ListOptions & { readonly part?: PartName | undefined },
): Promise<FileSet<FilePlace>> {
  const found = isTable(path)
    ? await listTable(readTextFile(await readWhole(path), path), (name) => locate(dirname(path), name), options)
    : await listFolder(folderTree(path), options);
  if (part === undefined) return found;
  const other = found.files.find((file) => file.part !== 'train');
  if (other)
    throw new ConfigError(part, path, `has a ${other.part} set of its own; give the folder or table of one set`);
  return { ...found, files: found.files.map((file) => ({ ...file, part, name: join(path, file.name) })) };
}

/** A table's image: its path from the table's folder, as it is or with slashes of another system. */
async function locate(folder: string, name: string): Promise<Located<FilePlace>> {
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
    return statOf(path);
  }
  return { problem: 'is no file name' };
}
