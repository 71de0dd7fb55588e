// A page's files as a data set: the same as `openDataset` makes of these files on a disk, whichever way the page was given them.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { classes, type FolderContent, listFilesBelow, picture, scratch } from '../../tests/fixtures/image-folders.ts';
import type { ImageDataset } from '../data/dataset.ts';
import type { ImageFilesOptions } from '../data/dataset-options.ts';
import { decodePicture } from '../node/decode-image.ts';
import { openDataset } from '../node/open-dataset.ts';
import { ConfigError, DataError } from '../runtime/errors.ts';
import type { PictureDecoder } from './decoded-files.ts';
import type { PageDirectoryHandle, PageFile, PageFileHandle } from './file-tree.ts';
import { openFiles, openFilesWith } from './open-files.ts';

const { folder, remove } = scratch('open-files');
afterAll(remove);

/** Node's decoder in place of a browser's: the pixels are the same. */
const decoder: PictureDecoder = async (bytes, options) => {
  try {
    return await decodePicture(bytes, 'picture', options);
  } catch {
    return { kind: 'not-an-image' };
  }
};

/** A file of a disk as a page's. */
function pageFile(root: string, path: string): PageFile {
  const bytes = new Uint8Array(readFileSync(path));
  return {
    name: relative(root, path).replaceAll('\\', '/'),
    size: bytes.length,
    arrayBuffer: async () => bytes.slice().buffer,
  };
}
const filesOf = (root: string): PageFile[] => listFilesBelow(root).map((path) => pageFile(root, path));

/** As `<input webkitdirectory>` gives them: each with its path from the chosen folder on. */
const chosen = (files: readonly PageFile[]): PageFile[] =>
  files.map((file) => ({
    ...file,
    name: file.name.split('/').at(-1) ?? '',
    webkitRelativePath: `photos/${file.name}`,
  }));

/** As `showDirectoryPicker` gives it. */
function handleOf(name: string, files: readonly PageFile[]): PageDirectoryHandle {
  const below = new Map<string, PageFile[]>();
  const own: PageFileHandle[] = [];
  for (const file of files) {
    const [first = '', ...rest] = file.name.split('/');
    if (rest.length === 0) own.push({ kind: 'file', name: first, getFile: async () => file });
    else below.set(first, [...(below.get(first) ?? []), { ...file, name: rest.join('/') }]);
  }
  const children = [...[...below].map(([folderName, inner]) => handleOf(folderName, inner)), ...own];
  return {
    kind: 'directory',
    name,
    // In no order at all.
    values: async function* () {
      yield* children.reverse();
    },
  };
}

async function described({ about, labels, classNames, ...images }: ImageDataset) {
  const { count, channels, height, width } = images;
  const pixels = new Uint8Array(count * channels * height * width);
  await images.read([...Array(count).keys()], pixels);
  const details = Array.from({ length: count }, (_, i) => [about?.name(i), about?.group(i), about?.size(i)?.height]);
  return { count, channels, height, width, labels, classNames, pixels, details };
}

type Opened = Pick<
  Awaited<ReturnType<typeof openFiles>>,
  'train' | 'validation' | 'test' | 'classNames' | 'task' | 'normalisation' | 'problems' | 'leaks'
>;

async function all({ train, validation, test: testing, classNames, task, normalisation, problems, leaks }: Opened) {
  const parts = [train, validation, testing];
  const [a, b, c] = await Promise.all(parts.map((part) => part && described(part)));
  return { train: a, validation: b, test: c, classNames, task, normalisation, problems: problems.length, leaks };
}

const CASES: Readonly<Record<string, readonly [FolderContent, Omit<ImageFilesOptions, 'signal'>]>> = {
  'class folders, split by a seed': [classes(['dog', 'cat', 'Émile'], 4), { valSplit: 0.25, seed: 3 }],
  'train, val and test; files that are no images, one that is damaged': [
    {
      ...Object.fromEntries(
        (['train', 'val', 'test'] as const).flatMap((part, i) =>
          Object.entries(classes(['a', 'b'], 3, { seed: 100 * i })).map(([name, what]) => [`${part}/${name}`, what]),
        ),
      ),
      'train/a/notes.txt': 'not an image',
      'train/a/bad.png': 'not an image either',
      '.hidden/x.png': {},
    },
    { badShare: 0.1 },
  ],
  'groups of folders, images of several sizes': [
    Object.fromEntries(
      ['a', 'b'].flatMap((name, c) =>
        [0, 1, 2, 3].flatMap((patient) =>
          [0, 1].map((i) => [
            `${name}/p${patient}/${i}.png`,
            { seed: 50 * c + 2 * patient + i, width: 40 + i, height: 50 },
          ]),
        ),
      ),
    ),
    { group: 2, valSplit: 0.5 },
  ],
  'training images that are larger than the others': [
    Object.fromEntries(
      (['train', 'val'] as const).flatMap((part, p) =>
        ['a', 'b'].map((name, c) => [
          `${part}/${name}/1.png`,
          { seed: 10 * p + c, width: 41 + 3 * p + c, height: 50 - p },
        ]),
      ),
    ),
    { size: { height: 20, width: 21 }, trainResize: 25 },
  ],
  'a table with several labels, groups and a split': [
    {
      ...classes(['images'], 6),
      'labels.csv': `path,patient,split,cat,dog\n${[0, 1, 2, 3, 4, 5]
        .map(
          (i) =>
            `${i % 2 ? '.\\images\\' : 'images/'}${i}.png,p${i},${i < 4 ? 'train' : 'test'},${i % 2},${i === 3 ? '' : 1}`,
        )
        .join('\n')}`,
    },
    { group: 'patient', size: { height: 5, width: 6 }, channels: 1 },
  ],
};

describe('the same as openDataset makes of a disk', () => {
  for (const [name, [content, options]] of Object.entries(CASES)) {
    test(name, async () => {
      const root = await folder(content);
      const expected = await all(await openDataset(root, { ...options, cacheDir: false, threads: 0 }));
      const files = filesOf(root);
      expect(expected.train?.count).toBeGreaterThan(1);
      for (const source of [files, chosen(files), handleOf('photos', files)])
        expect(await all(await openFilesWith(source, options, decoder))).toEqual(expected);
    });
  }
});

test('what does not fit into memory is decoded again when it is read, and a file that has changed is an error', async () => {
  const root = await folder(classes(['a', 'b'], 3));
  const files = filesOf(root);
  const decode = vi.fn(decoder);
  const whole = await described((await openFilesWith(files, { size: 8 }, decoder)).train);
  // Room for two images of 3 x 8 x 8.
  const { train } = await openFilesWith(files, { size: 8, cacheBytes: 2 * 192 }, decode);
  expect(decode).toHaveBeenCalledTimes(6);
  expect(await described(train)).toEqual(whole);
  expect(decode).toHaveBeenCalledTimes(10);
  const other = await picture('x.png', { seed: 77 });
  for (const file of files.slice(2)) Object.assign(file, { arrayBuffer: async () => new Uint8Array(other).buffer });
  const error: unknown = await described(train).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).toMatch(/a\/2\.png.*its file gives other pixels now; open the files again/);
});

test('images as a network takes them, by its preprocessing', async () => {
  const root = await folder(classes(['a', 'b'], 2));
  const resizing = { resize: 6, fit: 'border', fill: [1, 2, 3] } as const;
  const normalisation = { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] };
  const size = { channels: 3, height: 8, width: 7 };
  const preprocessing = { ...size, ...resizing, ...normalisation };
  const expected = { size: { height: 8, width: 7 }, channels: 3, resizing, ...normalisation };
  const files = filesOf(root);
  const opened = await openFilesWith(files, { preprocessing }, decoder);
  expect(await all(opened)).toEqual(await all(await openFilesWith(files, expected, decoder)));
  expect(await all(await openDataset(root, { preprocessing, cacheDir: false, threads: 0 }))).toEqual(await all(opened));
  await expect(openFilesWith(files, { preprocessing, channels: 3 }, decoder)).rejects.toThrow(
    /^channels: 3 is given beside/,
  );
});

test('what is no data set is refused, and so is a host without a decoder', async () => {
  const file = (name: string, bytes = new Uint8Array(3)): PageFile => ({
    name,
    size: bytes.length,
    arrayBuffer: async () => bytes.slice().buffer,
  });
  const refusal = async (source: Iterable<PageFile> | PageDirectoryHandle, options: ImageFilesOptions = {}) => {
    const error: unknown = await openFilesWith(source, options, decoder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    return String(error);
  };
  expect(await refusal([])).toMatch(/has no folders with images: put the images of each class/);
  expect(await refusal([file('1.png')])).toMatch(/has 1 image but no folders/);
  expect(await refusal([file('a/1.png'), file('a/1.png')])).toMatch(/a\/1.png" is there twice/);
  expect(await refusal([file('a/1.png'), file('b/1.png')])).toMatch(/badShare: 0.05 is exceeded: .*is not an image/);
  expect(await refusal([file('a/1.png')], { size: 0 })).toMatch(/^ConfigError: size: 0 must be/);
  const padded: object = { fit: 'border', fil: [0, 0, 0] };
  expect(await refusal([file('a/1.png')], { resizing: padded })).toMatch(/fil: .*fit, fill/);
  const profile: object = { colourProfile: 'use' };
  expect(await refusal([file('a/1.png')], { pictures: profile })).toMatch(/colourProfile: "use" must be/);
  const iterator = { next: () => Promise.reject(new Error('permission denied')) };
  const denied: PageDirectoryHandle = {
    kind: 'directory',
    name: 'photos',
    values: () => ({ [Symbol.asyncIterator]: () => iterator }),
  };
  expect(await refusal(denied)).toMatch(/"photos" cannot be read: permission denied/);
  await expect(openFiles([file('a/1.png')])).rejects.toThrow(/under Node.js use densenet-webgpu\/node/);
  await expect(
    openFilesWith([file('a/1.png')], { signal: AbortSignal.abort(new Error('enough')) }, decoder),
  ).rejects.toThrow('enough');
});
