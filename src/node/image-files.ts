// Image files on a disk: the tree of folders that a data set lies in, with the size and time of each file.

import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDicom } from '../data/dicom/is-dicom.ts';
import { type Entries, type ImageTree, type ListedImage, type Located, sortedEntries } from '../data/image-folder.ts';
import { endingOf, isHidden } from '../data/image-names.ts';
import { ConfigError } from '../runtime/errors.ts';
import { errnoOf, reason } from './file-errors.ts';

/** A file on a disk. Size and time tell later whether it is still the same. */
export interface FilePlace {
  readonly path: string;
  /** In bytes. */
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** An image file of a data set. */
export type ImageFile = ListedImage<FilePlace>;

/** What lies in a folder, hidden files apart, sorted. Links are followed. @throws ConfigError where it cannot be read */
export async function entriesOf(folder: string): Promise<Entries> {
  const found = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const why = errnoOf(cause) === 'ENOENT' ? 'no such folder' : reason(cause);
    throw new ConfigError('data', folder, `cannot be read: ${why}`);
  });
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of found) {
    if (isHidden(entry.name)) continue;
    const isFolder = entry.isSymbolicLink()
      ? await stat(join(folder, entry.name)).then(
          (target) => target.isDirectory(),
          () => false,
        )
      : entry.isDirectory();
    (isFolder ? folders : files).push(entry.name);
  }
  return sortedEntries({ folders, files });
}

/** The folders below `root`. */
export function folderTree(root: string): ImageTree<FilePlace> {
  const pathOf = (folders: readonly string[]) => join(root, ...folders);
  return {
    pathOf,
    entries: (folders) => entriesOf(pathOf(folders)),
    identity: (folders) => realpath(pathOf(folders)).catch(() => pathOf(folders)),
    locate: (folders, name) => statOf(join(root, ...folders, name)),
    isImage: (folders, name) => isDicomFile(join(root, ...folders, name)),
  };
}

/** Size and time of a file, or why it cannot be had. */
export async function statOf(path: string): Promise<Located<FilePlace>> {
  try {
    const found = await stat(path);
    return found.isFile()
      ? { place: { path, bytes: found.size, mtimeMs: found.mtimeMs } }
      : { problem: 'is not a file' };
  } catch (cause) {
    return { problem: `cannot be read: ${reason(cause)}` };
  }
}

/** Bytes of a DICOM file that tell it. */
const START_BYTES = 132;

/**
 * Whether a file is DICOM, by its first bytes. Only those are looked into whose names may be such: with DICOM's ending, without one, or
 * ending in a number, as names of unique identifiers do. A DICOMDIR is a list of others.
 */
export async function isDicomFile(path: string): Promise<boolean> {
  const name = basename(path);
  if (!/^(|\.dcm|\.dicom|\.dic|\.ima|\.\d+)$/.test(endingOf(name)) || isDicomdir(name)) return false;
  const handle = await open(path).catch(() => undefined);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    return isDicom(buffer.subarray(0, bytesRead));
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

export const isDicomdir = (path: string): boolean => /^dicomdir$/i.test(basename(path));
