// Files as visitors give them: chosen, a chosen folder, dropped, a dropped folder with all that lies in it, pasted. Their
// paths say in which folder they lay. A folder is read entry by entry, so that thousands of files never block the page.

export interface SelectedFile {
  readonly file: File;
  /** With slashes, from the folder that was given; just the name for a single file. */
  readonly path: string;
}

export interface FileSelection {
  readonly files: readonly SelectedFile[];
  /** Skipped: what systems leave in folders. */
  readonly ignored: number;
  /** Files past MAX_FILES, folders that could not be read. */
  readonly missed: number;
}

/** What is read of a DataTransfer. */
export interface Dropped {
  readonly items: Iterable<DroppedItem>;
}

interface DroppedItem {
  readonly kind: string;
  webkitGetAsEntry?(): Entry | null;
  getAsFile(): File | null;
}

/** What is read of the DOM's FileSystemEntry, FileSystemFileEntry and FileSystemDirectoryEntry. */
interface Entry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly fullPath: string;
}
interface FileEntry extends Entry {
  file(done: (file: File) => void, fail: (error: Error) => void): void;
}
interface DirectoryEntry extends Entry {
  createReader(): { readEntries(done: (entries: Entry[]) => void, fail: (error: Error) => void): void };
}

/** More files than anybody looks at; a whole disk dropped by mistake ends here. */
export const MAX_FILES = 20_000;

/** Of a file input, with or without `webkitdirectory`. */
export function chosenFiles(list: FileList | null): FileSelection {
  return sortOut(Array.from(list ?? [], (file) => ({ file, path: file.webkitRelativePath || file.name })));
}

/** Of a paste: images and files on the clipboard; none where it holds text. */
export const pastedFiles = (data: DataTransfer | null): FileSelection =>
  sortOut(Array.from(data?.files ?? [], (file) => ({ file, path: file.name })));

/** Of a drop. To be called while the event is handled: the transfer is empty afterwards. */
export async function droppedFiles(data: Dropped | null): Promise<FileSelection> {
  const items = Array.from(data?.items ?? []).filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const walk = new Walk();
  for (const entry of entries) {
    if (entry instanceof File) walk.take(entry, entry.name);
    else if (entry) await walk.enter(entry);
  }
  const { files, ignored, missed } = sortOut(walk.files);
  return { files, ignored: ignored + walk.ignored, missed: missed + walk.missed };
}

/** In the order of their paths, numbers as numbers, without ignored files. */
function sortOut(all: readonly SelectedFile[]): FileSelection {
  const wanted = all.filter(({ path }) => !isIgnored(path));
  const files = sortedBy(wanted, ({ path }) => path).slice(0, MAX_FILES);
  return { files, ignored: all.length - wanted.length, missed: wanted.length - files.length };
}

class Walk {
  readonly files: SelectedFile[] = [];
  ignored = 0;
  missed = 0;

  take(file: File, path: string): void {
    if (this.files.length > MAX_FILES) this.missed++;
    else this.files.push({ file, path });
  }

  async enter(entry: Entry): Promise<void> {
    const path = entry.fullPath.replace(/^\//, '');
    if (isIgnored(path)) this.ignored++;
    else if (isFile(entry)) await this.read(entry, path);
    else if (isDirectory(entry))
      for await (const child of children(entry, () => this.missed++)) await this.enter(child);
  }

  private async read(entry: FileEntry, path: string): Promise<void> {
    await new Promise<File>((resolve, reject) => entry.file(resolve, reject)).then(
      (file) => this.take(file, path),
      () => this.missed++,
    );
  }
}

/** A directory's entries come in chunks, until an empty one. */
async function* children(entry: DirectoryEntry, onMissed: () => void): AsyncGenerator<Entry> {
  const reader = entry.createReader();
  for (;;) {
    const chunk = await new Promise<Entry[]>((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => {
      onMissed();
      return [];
    });
    if (chunk.length === 0) return;
    yield* chunk;
  }
}

const isFile = (entry: Entry): entry is FileEntry => entry.isFile;
const isDirectory = (entry: Entry): entry is DirectoryEntry => entry.isDirectory;

// Files that systems leave in folders and nobody means to give: skipped and counted, never listed as bad.

const NAMES = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', 'icon\r', '__macosx', '$recycle.bin']);

/** @param path with slashes; one hidden folder makes all that is in it ignored */
const isIgnored = (path: string): boolean =>
  path.split('/').some((part) => part.startsWith('.') || part.endsWith('~') || NAMES.has(part.toLowerCase()));

// A text to sort names by, so that img9 stands before img10: compared as plain text, which is a hundred times as fast as a
// collator that reads numbers, and thousands of names sort without holding up the page.

const DIGITS = 12;

export const naturalKey = (name: string): string =>
  name.toLowerCase().replace(/\d+/g, (number) => number.padStart(DIGITS, '0'));

/** Sorts by a key that is made once a value. */
export function sortedBy<T>(values: readonly T[], name: (value: T) => string): T[] {
  return values
    .map((value) => ({ value, key: naturalKey(name(value)) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ value }) => value);
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
