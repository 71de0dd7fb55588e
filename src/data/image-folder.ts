// The image files of a data set in folders, without a look inside them: which there are, of which class, in which part. Sub-folders
// are classes, and what lies below one at any depth belongs to it; `train`, `val` and `test` folders are parts. Order and class
// numbers are torchvision's (ImageFolder). Where the folders lie (a disk, files that a page was given) is the tree's own matter.

import { ConfigError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { type Signal, throwIfAborted } from '../runtime/signal.ts';
import { compareNames, endingOf, isHidden, isImageName } from './image-names.ts';
import { type PartName, partOf } from './split.ts';

/** An image file of a data set; `Place` is where its bytes are. */
export type ListedImage<Place> = Place & {
  /** Below the data set's folder, with `/`. */
  readonly name: string;
  readonly part: PartName;
  /** A class number; several labels: one value per class, NaN where one is missing. */
  readonly label: number | readonly number[];
  readonly group?: string | undefined;
};

/** A place, or why it cannot be used. */
export type Located<Place> = { readonly place: Place } | { readonly problem: string };

/** Ends what is under way. */
export type Ending = Pick<Signal, 'aborted' | 'reason'> | undefined;

/** Folders, wherever they lie. A folder is named by the folders on the way down to it; [] is the data set's own. */
export interface ImageTree<Place> {
  /** What messages call a folder. */
  pathOf(folders: readonly string[]): string;
  /** What lies in a folder. @throws ConfigError where it cannot be read */
  entries(folders: readonly string[]): Promise<Entries>;
  /** The same for one folder, however one comes to it: links may lead back up. */
  identity(folders: readonly string[]): Promise<string>;
  locate(folders: readonly string[], name: string): Promise<Located<Place>>;
  /** Whether a file whose name does not say it is an image. Left out: it is none. */
  isImage?(folders: readonly string[], name: string): Promise<boolean>;
}

/** What lies in a folder: hidden files apart, sorted (`sortedEntries`). */
export interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

export function sortedEntries({ folders, files }: Entries): Entries {
  const shown = (names: readonly string[]) => names.filter((name) => !isHidden(name)).sort(compareNames);
  return { folders: shown(folders), files: shown(files) };
}

/** What of a data set cannot be used, and why. */
export interface ImageProblem {
  /** Below the data set's folder, or as a table has it. */
  readonly path: string;
  /** Why it cannot be used. */
  readonly problem: string;
}

export interface FoundImages<Place> {
  readonly files: readonly ListedImage<Place>[];
  readonly classNames: readonly string[];
  readonly problems: readonly ImageProblem[];
  /** What is worth knowing, as sentences. */
  readonly notes: readonly string[];
}

interface Listing {
  /** Images below, with the folders between; in torchvision's order. */
  readonly images: readonly { readonly folders: readonly string[]; readonly name: string }[];
  readonly problems: readonly ImageProblem[];
  /** Endings of the files that are no images, and how many have them. */
  readonly others: ReadonlyMap<string, number>;
}

/** Asks a file system this much at once. */
const AT_ONCE = 64;

/** The folders of a layout of parts, `train` among them; undefined where a folder's sub-folders are classes. */
export function partFolders({ folders }: Pick<Entries, 'folders'>): ReadonlyMap<PartName, string> | undefined {
  const parts = new Map<PartName, string>();
  for (const name of folders) {
    const part = partOf(name);
    if (part !== undefined && parts.has(part)) {
      throw new ConfigError('data', name, `and ${parts.get(part)} are both folders of the ${part} set; keep one`);
    }
    if (part !== undefined) parts.set(part, name);
  }
  if (!parts.has('train')) return undefined;
  // `train` alone among other names is a class (a vehicle).
  return parts.size > 1 || folders.length === 1 ? parts : undefined;
}

/** A level of folders below the classes whose names are groups: 2 is the first below the class's own. */
export type GroupLevel = number;

/**
 * @param classNames the classes that there are; left out: the sub-folders that hold images
 * @throws ConfigError where there are no class folders, or one that is none of `classNames`
 */
export async function findClassFolders<Place>(
  tree: ImageTree<Place>,
  {
    group,
    classNames,
    signal,
  }: { group?: GroupLevel | undefined; classNames?: readonly string[] | undefined; signal?: Ending },
): Promise<FoundImages<Place>> {
  const top = await tree.entries([]);
  const parts = partFolders(top);
  const places = parts
    ? [...parts].map(([part, name]) => ({ part, prefix: [name] }))
    : [{ part: 'train' as const, prefix: [] }];
  const notes: string[] = [];
  if (parts) {
    const ignored = top.folders.filter((name) => partOf(name) === undefined);
    if (ignored.length > 0) notes.push(`folders beside train are left out: ${shortList(ignored)}`);
  }
  const found: (Place & Omit<ListedImage<unknown>, 'label'> & { readonly className: string })[] = [];
  const problems: ImageProblem[] = [];
  const classes = new Map<PartName, Set<string>>();
  const others = new Map<string, number>();
  for (const { part, prefix } of places) {
    const at = tree.pathOf(prefix);
    const { folders, files } = prefix.length > 0 ? await tree.entries(prefix) : top;
    const loose = files.filter(isImageName).length;
    if (folders.length === 0) {
      const what =
        loose > 0 ? `has ${loose} ${loose === 1 ? 'image' : 'images'} but no folders` : 'has no folders with images';
      throw new ConfigError(
        'data',
        at,
        `${what}: put the images of each class into a folder of its own, or list them in a CSV (path,label)`,
      );
    }
    if (loose > 0)
      notes.push(
        `${loose} ${loose === 1 ? 'image lies' : 'images lie'} beside the class folders of ${printableName(at)}: left out`,
      );
    const own = new Set<string>();
    for (const className of folders) {
      const above = [...prefix, className];
      const listing = await listImages(tree, above, signal);
      problems.push(...listing.problems);
      for (const [ending, count] of listing.others) others.set(ending, (others.get(ending) ?? 0) + count);
      const known = await inTurns(
        listing.images,
        ({ folders: between, name }) => tree.locate([...above, ...between], name),
        signal,
      );
      for (const [i, { folders: between, name }] of listing.images.entries()) {
        const located = known[i];
        const called = [...above, ...between, name].join('/');
        if (!located || 'problem' in located) {
          problems.push({ path: called, problem: located?.problem ?? 'cannot be read' });
          continue;
        }
        own.add(className);
        const groupName = group === undefined ? undefined : [className, ...between][group - 1];
        found.push({ ...located.place, name: called, part, className, group: groupName });
      }
      if (!own.has(className)) notes.push(`${printableName(above.join('/'))} holds no images: left out`);
    }
    classes.set(part, own);
  }
  if (others.size > 0) {
    const list = [...others]
      .sort((a, b) => b[1] - a[1])
      .map(([ending, count]) => `${ending || 'no ending'} (${count})`);
    notes.push(`files that are no images are left out: ${shortList(list)}`);
  }
  if (found.length === 0) throw new ConfigError('data', tree.pathOf([]), `holds no images: ${ENDINGS}`);
  const own = [...(classes.get('train') ?? [])].sort(compareNames);
  const names = classNames ?? own;
  const numbers = new Map(names.map((name, label) => [name, label]));
  for (const [part, held] of classes) {
    const strange = [...held].find((name) => !numbers.has(name));
    if (strange === undefined) continue;
    const rule = classNames
      ? `is none of the classes: ${shortList(names)}`
      : `has ${part} images, but no training images`;
    throw new ConfigError('class', strange, rule);
  }
  if (group !== undefined) {
    const alone = found.filter((file) => file.group === undefined).length;
    if (alone === found.length)
      throw new ConfigError(
        'group',
        group,
        `is no level of folders in ${tree.pathOf([])}: 1 is the class, 2 the folder below it`,
      );
    if (alone > 0) notes.push(`${alone} images lie above folder level ${group}: each is a group by itself`);
  }
  const files = found.map((file) => ({ ...file, label: numbers.get(file.className) ?? 0 }));
  return { files, classNames: names, problems, notes };
}

const ENDINGS = 'PNG, JPEG, WebP, GIF, TIFF and AVIF are read, by their endings, and DICOM';

/** The first of a list, and how many more there are. */
export const shortList = (names: readonly string[], most = 6): string =>
  `${names.slice(0, most).map(printableName).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;

/** All images below a folder. torchvision walks folder by folder, sorted by their paths. */
async function listImages(tree: ImageTree<unknown>, above: readonly string[], signal: Ending): Promise<Listing> {
  const images: { folders: readonly string[]; name: string }[] = [];
  const problems: ImageProblem[] = [];
  const others = new Map<string, number>();
  const seen = new Set<string>();
  const waiting: (readonly string[])[] = [[]];
  for (let folders = waiting.pop(); folders; folders = waiting.pop()) {
    throwIfAborted(signal);
    const here = [...above, ...folders];
    const identity = await tree.identity(here);
    // A link back to where we came from.
    if (seen.has(identity)) continue;
    seen.add(identity);
    const entries = await tree.entries(here).catch((cause: unknown) => {
      if (!(cause instanceof ConfigError)) throw cause;
      problems.push({ path: tree.pathOf(here), problem: cause.problem });
    });
    if (!entries) continue;
    const own = folders;
    const areImages = await inTurns(
      entries.files,
      async (name) => isImageName(name) || (await tree.isImage?.(here, name)) === true,
      signal,
    );
    for (const [i, name] of entries.files.entries()) {
      if (areImages[i]) images.push({ folders: own, name });
      else others.set(endingOf(name), (others.get(endingOf(name)) ?? 0) + 1);
    }
    waiting.push(...entries.folders.map((name) => [...(folders ?? []), name]));
  }
  const place = ({ folders }: { folders: readonly string[] }) => folders.join('/');
  images.sort((a, b) => compareNames(place(a), place(b)) || compareNames(a.name, b.name));
  return { images, problems, others };
}

/** `ask` for each of a list, some at once, in order. */
export async function inTurns<T, R>(list: readonly T[], ask: (one: T) => Promise<R>, signal: Ending): Promise<R[]> {
  const answers: R[] = [];
  for (let start = 0; start < list.length; start += AT_ONCE) {
    throwIfAborted(signal);
    answers.push(...(await Promise.all(list.slice(start, start + AT_ONCE).map(ask))));
  }
  return answers;
}
