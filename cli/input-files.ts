// The files that a command's arguments name: files, folders (all pictures in them, sorted), patterns, and `-` for paths on
// standard input. They are found while the first ones are already worked on, in the order of the arguments; a path at a time
// is held, or the names of one folder. What leads to no file is an error in its place, and the next argument follows.
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import picomatch from 'picomatch';
import { dicomdirFiles } from '../src/data/dicom/container.ts';
import { fileKind } from '../src/data/file-kind.ts';
import { reason } from '../src/node/file-errors.ts';
import { isDicomdir, isDicomFile } from '../src/node/image-files.ts';
import { ConfigError, DataError, DenseNetError } from '../src/runtime/errors.ts';
import { printableName } from '../src/runtime/printable.ts';
import { readInputFile } from './files.ts';
import type { FailedImage } from './prediction.ts';

/** A file's path, or what leads to none, and why. */
export type FoundFile = string | FailedImage;

/** The argument that stands for paths on standard input. */
export const STANDARD_INPUT = '-';

export interface InputFilesOptions {
  /** What `-` reads; left out: this process's standard input. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Called for each folder some of whose files are not pictures. */
  readonly onIgnored?: (folder: string, ignored: readonly string[], count: number) => void;
}

/** @throws ConfigError where `-` is given twice; DataError where standard input holds no paths */
export async function* inputFiles(
  inputs: readonly string[],
  options: InputFilesOptions = {},
): AsyncGenerator<FoundFile> {
  if (inputs.filter((input) => input === STANDARD_INPUT).length > 1)
    throw new ConfigError('image', STANDARD_INPUT, 'is given twice: standard input can be read once');
  for (const input of inputs) yield* filesOf(input, await kindOf(input), options);
}

/** The arguments that name a file themselves. What is not there counts as one: reading it says so. */
export async function namedFiles(inputs: readonly string[]): Promise<readonly string[]> {
  const kinds = await Promise.all(inputs.map(kindOf));
  return inputs.filter((_, i) => kinds[i] === 'file');
}

/** The files, unchanged, and the first path among them; undefined where there is none. */
export async function startOf(
  files: AsyncGenerator<FoundFile>,
): Promise<{ readonly first: string | undefined; readonly files: AsyncGenerator<FoundFile> }> {
  const start: FoundFile[] = [];
  let first: string | undefined;
  while (first === undefined) {
    const { value, done } = await files.next();
    if (done) break;
    start.push(value);
    if (typeof value === 'string') first = value;
  }
  async function* all() {
    yield* start.splice(0);
    yield* files;
  }
  return { first, files: all() };
}

type InputKind = 'standard input' | 'folder' | 'pattern' | 'file';

/** What is there under its very name is no pattern: `photo[1].jpg`. */
async function kindOf(input: string): Promise<InputKind> {
  if (input === STANDARD_INPUT) return 'standard input';
  const there = await stat(input).catch(() => undefined);
  if (there) return there.isDirectory() ? 'folder' : 'file';
  return picomatch.scan(input).isGlob ? 'pattern' : 'file';
}

async function* filesOf(input: string, kind: InputKind, options: InputFilesOptions): AsyncGenerator<FoundFile> {
  if (kind === 'standard input') yield* pathsIn(options.input ?? process.stdin);
  else if (kind === 'folder') yield* picturesIn(input, options);
  else if (kind === 'pattern') yield* matchesOf(input);
  else if (isDicomdir(input)) yield* filesOfDicomdir(input);
  else yield input;
}

/** What is looked for in a folder. Some cannot be decoded, which is said then. */
const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif|heic|heif|bmp)$/i;
/** Names that a message has room for. */
const SHOWN = 3;

/** The files that a DICOMDIR names, in its order, from its folder on. */
async function* filesOfDicomdir(path: string): AsyncGenerator<FoundFile> {
  try {
    const files = dicomdirFiles(await readInputFile(path), path);
    if (files === undefined || files.length === 0) yield failed(path, 'names no files');
    for (const parts of files ?? []) yield join(dirname(path), ...parts);
  } catch (error) {
    if (!(error instanceof DenseNetError)) throw error;
    yield { name: path, error };
  }
}

async function* picturesIn(folder: string, { onIgnored }: InputFilesOptions): AsyncGenerator<FoundFile> {
  const ignored: string[] = [];
  let [found, others] = [0, 0];
  for await (const file of walk({ folder, name: folder, depth: Number.POSITIVE_INFINITY })) {
    if (typeof file !== 'string' || PICTURE.test(file) || (await isDicomFile(file))) {
      found++;
      yield file;
    } else if (others++ < SHOWN) ignored.push(file);
  }
  if (others > 0) onIgnored?.(folder, ignored, others);
  if (found > 0) return;
  const problem =
    others > 0 ? `holds no pictures, only other files (${printableName(ignored.join(', '))})` : 'is empty';
  const advice = `name tensors by a pattern ('${folder}/**/*.npy')`;
  yield failed(folder, `${problem}${others > 0 ? `: ${advice}` : ''}`);
}

async function* matchesOf(pattern: string): AsyncGenerator<FoundFile> {
  const { base, glob, prefix } = picomatch.scan(pattern);
  const matches = picomatch(glob);
  // A brace or a class may hold slashes: then this is more than the pattern needs.
  const depth = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length;
  const shown = `${prefix}${base}`;
  const begin = shown === '' || shown.endsWith('/') ? shown : `${shown}/`;
  let found = 0;
  for await (const file of walk({ folder: base === '' ? '.' : base, name: shown, depth })) {
    if (typeof file === 'string' && !matches(file.slice(begin.length))) continue;
    found++;
    yield file;
  }
  if (found === 0) yield failed(pattern, 'matches no file: quote it, and check the folder that it begins with');
}

interface Walk {
  readonly folder: string;
  /** What the paths begin with. */
  readonly name: string;
  /** Levels of folders to look into; 1: this one alone. */
  readonly depth: number;
  /** The folders that this one is in, by their real paths: a link may lead back to one. */
  readonly above?: readonly string[];
}

/** All files below a folder, sorted by their paths' code units, without hidden ones. A folder that cannot be read is an error. */
async function* walk({ folder, name, depth, above = [] }: Walk): AsyncGenerator<FoundFile> {
  let here: string;
  let entries: { readonly name: string; readonly isFolder: boolean }[];
  try {
    here = await realpath(folder);
    if (above.includes(here)) return;
    entries = await Promise.all((await readdir(folder, { withFileTypes: true })).filter(isShown).map(entryOf(folder)));
  } catch (cause) {
    yield failed(name || folder, `cannot be read: ${reason(cause).replace('no such file', 'no such folder')}`);
    return;
  }
  // As the whole paths are sorted: `a.png` comes before `a/b.png`.
  const key = (entry: (typeof entries)[number]) => (entry.isFolder ? `${entry.name}/` : entry.name);
  entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const begin = name === '' || name.endsWith('/') ? name : `${name}/`;
  for (const entry of entries) {
    const next = { folder: join(folder, entry.name), name: `${begin}${entry.name}`, depth: depth - 1 };
    if (!entry.isFolder) yield next.name;
    else if (depth > 1) yield* walk({ ...next, above: [...above, here] });
  }
}

const isShown = ({ name }: { name: string }) => !name.startsWith('.');

interface Entry {
  readonly name: string;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** A link is what it leads to; one that leads nowhere counts as a file, which cannot be read. */
const entryOf = (folder: string) => async (entry: Entry) => {
  const link = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : undefined;
  return { name: entry.name, isFolder: (link ?? entry).isDirectory() };
};

const failed = (name: string, rule: string): FailedImage => ({ name, error: new ConfigError('image', name, rule) });

const [NUL, NEWLINE, RETURN] = [0, 0x0a, 0x0d];
/** Longer than any system's paths. */
const MOST_PATH_BYTES = 1 << 16;

/**
 * One path per line; where NUL comes in what was read with the first path, NUL separates them, since no path holds it. Lines
 * may end in CR LF; empty ones are left out. A path is handed out as soon as its end is read.
 * @throws DataError where it is something else
 */
async function* pathsIn(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = new Uint8Array();
  let separator: number | undefined;
  for await (const chunk of input) {
    if (rest.length === 0 && separator === undefined) checkIsList(chunk);
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    separator ??= bytes.includes(NUL) ? NUL : bytes.includes(NEWLINE) ? NEWLINE : undefined;
    let from = 0;
    if (separator !== undefined) {
      for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, from)) {
        const path = pathOf(bytes.subarray(from, at), separator);
        from = at + 1;
        if (path !== '') yield path;
      }
    }
    rest = bytes.slice(from);
    if (rest.length > MOST_PATH_BYTES) throw notAList(`holds a line of more than ${MOST_PATH_BYTES} bytes`);
  }
  const last = pathOf(rest, separator ?? NEWLINE);
  if (last !== '') yield last;
}

function pathOf(bytes: Uint8Array, separator: number): string {
  if (separator === NEWLINE && bytes.includes(NUL)) throw notAList('holds NUL within a line');
  const end = separator === NEWLINE && bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length;
  return new TextDecoder().decode(bytes.subarray(0, end));
}

function checkIsList(start: Uint8Array): void {
  const kind = fileKind(start);
  if (kind === 'image' || kind === 'npy' || kind === 'safetensors') throw notAList('holds the content of a file');
}

const notAList = (problem: string): DataError =>
  new DataError('standard input', 0, `${problem}: it must hold paths, one per line or ended by NUL (find -print0)`);
