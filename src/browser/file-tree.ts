// Folders as a page is given them: files of a file input or a drop, whose paths say where they lay, or a directory's handle that is
// read folder by folder.

import { type ImageTree, type Located, sortedEntries } from '../data/image-folder.ts';
import { ConfigError } from '../runtime/errors.ts';
import { kindOf } from '../runtime/options.ts';

/** A file that a page was given: a `File`, as far as it is needed. */
export interface PageFile {
  /** Its name; where it says more (`cat/1.png`), its path. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Of a file of a chosen folder (`<input webkitdirectory>`): its path, from that folder on. */
  readonly webkitRelativePath?: string;
  /** Its bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A `FileSystemFileHandle`, as far as it is needed. */
export interface PageFileHandle {
  /** As the handle has it. */
  readonly kind: 'file';
  /** Its name. */
  readonly name: string;
  /** The file. */
  getFile(): Promise<PageFile>;
}

/** A `FileSystemDirectoryHandle`, as far as it is needed. */
export interface PageDirectoryHandle {
  /** As the handle has it. */
  readonly kind: 'directory';
  /** Its name. */
  readonly name: string;
  /** What lies in it: handles of files and directories. */
  values(): AsyncIterable<{
    /** As the handle has it. */
    readonly kind: 'file' | 'directory';
    /** Its name. */
    readonly name: string;
  }>;
}

export interface FilePlace {
  readonly file: PageFile;
}

export const isDirectory = (source: object): source is PageDirectoryHandle =>
  'kind' in source && source.kind === 'directory';

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, PageFile>;
}

const emptyFolder = (): Folder => ({ folders: new Map(), files: new Map() });

/**
 * Files by their paths. What a chosen folder itself is called is no part of them.
 * @throws ConfigError for what is no file, and for two of one path
 */
export function treeOfFiles(files: Iterable<PageFile>): ImageTree<FilePlace> {
  const root = emptyFolder();
  let name = '';
  for (const file of files) {
    if (typeof file !== 'object' || file === null || typeof file.arrayBuffer !== 'function')
      throw new ConfigError('files', kindOf(file), 'must be File objects, as from a file input');
    const path = (file.webkitRelativePath || file.name).split('/').filter((part) => part !== '');
    if (file.webkitRelativePath) name = path.shift() ?? '';
    const last = path.pop() ?? '';
    let folder = root;
    for (const part of path) {
      const next = folder.folders.get(part) ?? emptyFolder();
      folder.folders.set(part, next);
      folder = next;
    }
    if (folder.files.has(last))
      throw new ConfigError('files', [...path, last].join('/'), 'is there twice; files of several folders need paths');
    folder.files.set(last, file);
  }
  const find = (folders: readonly string[]) =>
    folders.reduce<Folder | undefined>((folder, part) => folder?.folders.get(part), root);
  return {
    pathOf: (folders) => [...(name ? [name] : []), ...folders].join('/') || 'files',
    entries: async (folders) => {
      const found = find(folders) ?? emptyFolder();
      return sortedEntries({ folders: [...found.folders.keys()], files: [...found.files.keys()] });
    },
    identity: async (folders) => folders.join('/'),
    locate: async (folders, own) => {
      const file = find(folders)?.files.get(own);
      return file ? { place: { file } } : { problem: 'no such file' };
    },
  };
}

/** The folders below a directory, each read once. */
export function treeOfDirectory(root: PageDirectoryHandle): ImageTree<FilePlace> {
  const pathOf = (folders: readonly string[]) => [root.name, ...folders].join('/');
  const known = new Map<string, Promise<Map<string, PageDirectoryHandle | PageFileHandle>>>();
  const childrenOf = (folders: readonly string[]): Promise<Map<string, PageDirectoryHandle | PageFileHandle>> => {
    const key = folders.join('/');
    const children = known.get(key) ?? readChildren(folders);
    known.set(key, children);
    return children;
  };
  const readChildren = async (folders: readonly string[]) => {
    const last = folders.at(-1);
    const handle = last === undefined ? root : (await childrenOf(folders.slice(0, -1))).get(last);
    const children = new Map<string, PageDirectoryHandle | PageFileHandle>();
    if (!handle || !isDirectory(handle)) return children;
    try {
      for await (const child of handle.values())
        if (isDirectory(child) || isFile(child)) children.set(child.name, child);
      return children;
    } catch (cause) {
      throw new ConfigError('data', pathOf(folders), `cannot be read: ${reasonOf(cause)}`);
    }
  };
  return {
    pathOf,
    entries: async (folders) => {
      const children = [...(await childrenOf(folders)).values()];
      const names = (kind: 'file' | 'directory') =>
        children.flatMap((child) => (child.kind === kind ? child.name : []));
      return sortedEntries({ folders: names('directory'), files: names('file') });
    },
    identity: async (folders) => folders.join('/'),
    locate: async (folders, name) => {
      const handle = await childrenOf(folders).then((children) => children.get(name));
      if (handle?.kind !== 'file') return { problem: 'no such file' };
      try {
        return { place: { file: await handle.getFile() } };
      } catch (cause) {
        return { problem: `cannot be read: ${reasonOf(cause)}` };
      }
    },
  };
}

const isFile = (handle: object): handle is PageFileHandle => 'getFile' in handle;

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** A table's image, by its path from the table's folder, with slashes of either kind. */
export async function locatePath(tree: ImageTree<FilePlace>, path: string): Promise<Located<FilePlace>> {
  if (/^[a-z]{2,10}:\/\//i.test(path)) return { problem: 'is an address on the web; fetch the images first' };
  const parts: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    if (part === '..' && parts.length === 0) return { problem: 'lies outside the folder that was given' };
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return tree.locate(parts.slice(0, -1), parts.at(-1) ?? '');
}
