// From the paths of a dropped folder to classes: `class/…/image`, or the same under `train/` and `test/` or `val/`, as
// torchvision's ImageFolder reads it. Folders around all of it do not matter, and what lies deeper in a class belongs to it.

import { sortedBy } from '../images/file-selection.ts';

export type Part = 'training' | 'validation';

export interface FolderClass {
  readonly name: string;
  readonly files: readonly FolderFile[];
}

export interface FolderFile {
  /** Index into the paths. */
  readonly index: number;
  /** Where the folder says it; otherwise it is split later. */
  readonly part: Part | undefined;
}

export interface FolderClasses {
  /** By name, numbers as numbers. */
  readonly classes: readonly FolderClass[];
  /** Outside every class folder. */
  readonly loose: number;
  /** In a second folder of validation images: with `val`, `test` is left for later. */
  readonly unused: number;
}

const TRAINING = /^train(ing)?$/i;
const VALIDATION = /^val(id|idation)?$/i;
const TEST = /^(test(ing)?|held[-_ ]?out)$/i;

export function classesOfPaths(paths: readonly string[]): FolderClasses {
  const folders = paths.map((path) => path.split('/').slice(0, -1));
  const inner = withoutSharedTop(folders);
  const tops = new Set(inner.flatMap(([top]) => (top === undefined ? [] : [top])));
  const split = [...tops].some((top) => TRAINING.test(top)) && [...tops].every(isPart);
  const hasValidation = [...tops].some((top) => VALIDATION.test(top));
  const found = new Map<string, FolderFile[]>();
  let loose = 0;
  let unused = 0;
  for (const [index, [top, second]] of inner.entries()) {
    const name = split ? second : top;
    if (name === undefined || top === undefined) loose++;
    else if (split && hasValidation && TEST.test(top)) unused++;
    else {
      const part = split ? (TRAINING.test(top) ? 'training' : 'validation') : undefined;
      const files = found.get(name) ?? [];
      files.push({ index, part });
      found.set(name, files);
    }
  }
  const anyForValidation = [...found.values()].some((files) => files.some(({ part }) => part === 'validation'));
  const classes = sortedBy([...found.keys()], (name) => name).map((name) => ({
    name,
    files: (found.get(name) ?? []).map(({ index, part }) => ({ index, part: anyForValidation ? part : undefined })),
  }));
  return { classes, loose, unused };
}

const isPart = (name: string) => TRAINING.test(name) || VALIDATION.test(name) || TEST.test(name);

/**
 * Folders that everything lies in say nothing, as long as folders are left in them. Files beside the inner folders, a
 * list or a licence, do not count.
 */
function withoutSharedTop(folders: readonly string[][]): readonly string[][] {
  const [first] = folders.find(([top]) => top !== undefined) ?? [];
  const shared = first !== undefined && folders.every(([top]) => top === undefined || top === first);
  const deeper = folders.some(({ length }) => length > 1);
  if (!shared || !deeper) return folders;
  const direct = folders.filter(({ length }) => length === 1).length;
  const kinds = new Set(folders.flatMap(([, second]) => (second === undefined ? [] : [second])));
  // A single class whose images partly lie deeper is a class, not a folder of classes.
  if (kinds.size === 1 && direct > 0 && ![...kinds].every(isPart)) return folders;
  return withoutSharedTop(folders.map((parts) => parts.slice(1)));
}
