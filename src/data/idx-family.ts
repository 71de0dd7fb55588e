// The data sets that come as IDX files: MNIST, Fashion-MNIST, KMNIST and others under MNIST's four file names, and EMNIST (Cohen
// et al., arXiv 1702.05373) under names of its own, with images that are transposed and a file that maps labels to characters.
// Which data set MNIST's names mean is told by digests of the files, never by the folder's name.

import { DataError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { FASHION_MNIST_CLASSES, FASHION_MNIST_FILES, isFashionMnist } from './fashion-mnist.ts';
import type { Images } from './idx.ts';
import type { TextFile } from './text-file.ts';

/** The file names of a data set, without `.gz`. */
export interface IdxFiles {
  readonly train: { readonly images: string; readonly labels: string };
  readonly test: { readonly images: string; readonly labels: string };
  /** EMNIST's: which of its six it is; its images are transposed. */
  readonly emnist?: EmnistName;
  /** The file of its classes. */
  readonly mapping?: string;
}

const MNIST_FILES: IdxFiles = { train: FASHION_MNIST_FILES.training, test: FASHION_MNIST_FILES.test };

const DIGITS = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
/** Letters whose lower case EMNIST keeps apart from the upper one when it merges classes. */
const UNMERGED = 'abdefghnqrt';

/** The classes of EMNIST's data sets, as its mapping files have them. Letters are labelled from 1: no image has label 0. */
const EMNIST_CLASSES = {
  byclass: [...DIGITS, ...UPPER, ...LOWER],
  bymerge: [...DIGITS, ...UPPER, ...UNMERGED],
  balanced: [...DIGITS, ...UPPER, ...UNMERGED],
  letters: ['N/A', ...LOWER],
  digits: [...DIGITS],
  mnist: [...DIGITS],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type EmnistName = keyof typeof EMNIST_CLASSES;

const isEmnistName = (name: string): name is EmnistName => Object.hasOwn(EMNIST_CLASSES, name);

/** The data sets whose files are among these names: EMNIST's six may lie in one folder. */
export function idxFilesIn(names: readonly string[]): readonly IdxFiles[] {
  const plain = new Set(names.map((name) => name.replace(/\.gz$/i, '')));
  const found = [...plain].flatMap((name) => {
    const [, kind = ''] = /^emnist-(\w+)-train-images-idx3-ubyte$/.exec(name) ?? [];
    return isEmnistName(kind) ? [emnistFiles(kind)] : [];
  });
  return plain.has(MNIST_FILES.train.images) ? [MNIST_FILES, ...found] : found;
}

/** The data set that one of its files belongs to. */
export function idxFilesOf(name: string): IdxFiles | undefined {
  const plain = name.replace(/\.gz$/i, '');
  const [, kind = ''] = /^emnist-(\w+)-(train|test)-(images-idx3|labels-idx1)-ubyte$/.exec(plain) ?? [];
  if (isEmnistName(kind)) return emnistFiles(kind);
  const own = [MNIST_FILES.train, MNIST_FILES.test].flatMap(({ images, labels }) => [images, labels]);
  return own.includes(plain) ? MNIST_FILES : undefined;
}

function emnistFiles(emnist: EmnistName): IdxFiles {
  const part = (name: string) => ({
    images: `emnist-${emnist}-${name}-images-idx3-ubyte`,
    labels: `emnist-${emnist}-${name}-labels-idx1-ubyte`,
  });
  return { train: part('train'), test: part('test'), emnist, mapping: `emnist-${emnist}-mapping.txt` };
}

/** [N][C][H][W] -> [N][C][W][H]: EMNIST's images lie on their side, mirrored. */
export function transposed({ count, channels, height, width, pixels }: Images): Images {
  const turned = new Uint8Array(pixels.length);
  const area = height * width;
  for (let start = 0; start < pixels.length; start += area) {
    for (let i = 0; i < area; i++)
      turned[start + (i % width) * height + Math.floor(i / width)] = pixels[start + i] ?? 0;
  }
  return { count, channels, height: width, width: height, pixels: turned };
}

/** The classes of one of EMNIST's data sets, where there is no mapping file. */
export const emnistClasses = (name: EmnistName): readonly string[] => EMNIST_CLASSES[name];

/**
 * The classes in an EMNIST mapping file: per line a label and the code points of its character, upper and lower case apart.
 * Letters are named by the last of them (a lower-case letter), as torchvision does; labels that it does not name, 'N/A'.
 * @throws DataError for a line of anything else
 */
export function readEmnistMapping({ name: file, text }: TextFile): readonly string[] {
  const names: string[] = [];
  for (const [i, line] of text.split(/\r\n?|\n/).entries()) {
    if (line.trim() === '') continue;
    const [label = -1, ...codes] = line
      .trim()
      .split(/\s+/)
      .map((word) => (/^\d{1,6}$/.test(word) ? Number(word) : -1));
    const code = codes.at(-1) ?? -1;
    if (
      label < 0 ||
      label > 255 ||
      codes.some((each) => each < 0x20 || each > 0xffff || (each >= 0xd800 && each < 0xe000))
    ) {
      throw new DataError(
        file,
        0,
        `line ${i + 1} is ${printableName(line)}; expected a label and the codes of its character`,
      );
    }
    if (code < 0) throw new DataError(file, 0, `line ${i + 1} has a label and no code of a character`);
    names[label] = String.fromCharCode(code);
  }
  if (names.length === 0)
    throw new DataError(file, 0, 'has no lines: expected a label and the codes of its character on each');
  return Array.from(names, (name) => name ?? 'N/A');
}

/** By label, as torchvision's KMNIST names them. */
export const KMNIST_CLASSES = ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'] as const;

/** MD5 of KMNIST's gzipped training files as they are distributed (codh.rois.ac.jp; torchvision's datasets/mnist.py). */
const KMNIST_MD5 = { images: 'bdb82020997e1d708af4cf47b453dcf7', labels: 'e144d726b3acfaa3e44228e80efcd344' } as const;

/** Digests of training files: SHA-256 of the inflated ones, MD5 of the files as they lie there. */
export interface TrainingDigests {
  readonly sha256: { readonly images: string; readonly labels: string };
  readonly md5: { readonly images: string; readonly labels: string };
}

/** The classes of a data set under MNIST's file names that is recognised by what it holds; undefined: they are numbers. */
export function recognisedClasses({ sha256, md5 }: TrainingDigests): readonly string[] | undefined {
  if (isFashionMnist(sha256)) return FASHION_MNIST_CLASSES;
  return md5.images === KMNIST_MD5.images && md5.labels === KMNIST_MD5.labels ? KMNIST_CLASSES : undefined;
}
