// Data sets of every kind, as people have them, opened by one function.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import {
  classes,
  type FolderContent,
  fill,
  type Picture,
  picture,
  scratch,
} from '../../tests/fixtures/image-folders.ts';
import { idx, npy } from '../../tests/fuzz/good-files.ts';
import { inMemory } from '../data/dataset.ts';
import { FASHION_MNIST_NORMALIZATION } from '../data/fashion-mnist.ts';
import { prepareImage } from '../data/preprocess.ts';
import { measureNormalisation } from '../densenet/normalisation.ts';
import { ConfigError } from '../runtime/errors.ts';
import { fingerprint } from '../training/fingerprint.ts';
import type { OpenDatasetOptions } from './dataset-options.ts';
import { decodePicture } from './decode-image.ts';
import { openDataset } from './open-dataset.ts';
import type { OpenedDataset } from './opened-dataset.ts';

const { folder, remove } = scratch('open-dataset');
afterAll(remove);

const open = (path: string, options: OpenDatasetOptions = {}) => openDataset(path, { cacheDir: false, ...options });
const made = async (content: FolderContent, options: OpenDatasetOptions = {}) => open(await folder(content), options);
const names = ({ train }: OpenedDataset) => Array.from({ length: train.count }, (_, i) => train.about?.name(i));
const counts = ({ parts }: OpenedDataset) => Object.fromEntries(parts.map(({ part, images }) => [part, images.count]));
async function pixelsOf(images: OpenedDataset['train']): Promise<Uint8Array> {
  const pixels = new Uint8Array(images.count * images.channels * images.height * images.width);
  await images.read([...Array(images.count).keys()], pixels);
  return pixels;
}

describe('a folder of class folders', () => {
  test('classes, names, size, channels, mean and digests come from the images', async () => {
    const path = await folder(classes(['dog', 'cat'], 3));
    const set = await open(path);
    expect([set.classNames, set.task, set.source.kind, set.problems, set.leaks]).toEqual([
      ['cat', 'dog'],
      'single-label',
      'folder',
      [],
      [],
    ]);
    expect([set.channels, set.height, set.width]).toEqual([3, 7, 9]);
    expect([...set.train.labels]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(names(set)[3]).toBe('dog/0.png');
    expect(set.notes).toEqual(['size 7 x 9: that of all images', '3 channels: some images have colours']);
    const pixels = await pixelsOf(set.train);
    expect(set.normalisation).toEqual(measureNormalisation(pixels, 3, 63));
    const labels = Int32Array.from(set.train.labels);
    const [part] = set.parts;
    expect(await part?.fingerprint()).toEqual(await fingerprint(inMemory({ ...set.train, labels, pixels })));
    // Pillow's own pixels of each file.
    const { image } = await decodePicture(await picture('x.png', { seed: 1001 }), 'x');
    expect([...pixels.subarray(189, 378)]).toEqual([...prepareImage(image, { channels: 3, height: 7, width: 9 })]);
  });

  test('images are padded as the resizing says', async () => {
    const path = await folder(classes(['dog', 'cat'], 1));
    const resizing = { fit: 'none', fill: [9, 8, 7] } as const;
    const set = await open(path, { size: 12, resizing });
    const { image } = await decodePicture(await picture('x.png', { seed: 1000 }), 'x');
    const padded = prepareImage(image, { channels: 3, height: 12, width: 12, ...resizing });
    expect((await pixelsOf(set.train)).subarray(0, padded.length)).toEqual(padded);
  });

  test('training images may be larger than the others, which are what prediction makes of their files', async () => {
    const same = { width: 30, height: 41, seed: 5 };
    const path = await folder({
      'train/a/1.png': { width: 33, height: 50, seed: 1 },
      'train/b/1.png': same,
      'val/a/1.png': { width: 47, height: 32, seed: 2 },
      'val/b/1.png': same,
    });
    const set = await open(path, { size: 20, trainResize: 27 });
    expect([set.height, set.width, set.train.height, set.train.width]).toEqual([20, 20, 27, 27]);
    expect([set.validation?.height, set.validation?.width]).toEqual([20, 20]);
    const [trained, validated] = [await pixelsOf(set.train), set.validation && (await pixelsOf(set.validation))];
    const decoded = async (content: Picture) => (await decodePicture(await picture('x.png', content), 'x')).image;
    const stored = { channels: 3, height: 27, width: 27 };
    const first = prepareImage(await decoded({ width: 33, height: 50, seed: 1 }), stored);
    expect(trained.subarray(0, first.length)).toEqual(first);
    const middle = { channels: 3, resize: 27, height: 20, width: 20 };
    const other = prepareImage(await decoded({ width: 47, height: 32, seed: 2 }), middle);
    expect(validated?.subarray(0, other.length)).toEqual(other);
    expect(set.normalisation).toEqual(measureNormalisation(trained, 3, 27 * 27));
    // The same file on both sides is still found, though its pixels are fewer there.
    expect(set.leaks).toHaveLength(1);
    const [, part] = set.parts;
    const labels = Int32Array.of(0, 1);
    const alone = inMemory({ ...middle, count: 2, classNames: ['a', 'b'], labels, pixels: validated ?? trained });
    expect(await part?.fingerprint()).toEqual(await fingerprint(alone));
    await expect(open(path, { trainResize: 27 })).rejects.toThrow(/^trainResize: "27x27" needs the size/);
  });

  test('every format that is read; grey images make one channel', async () => {
    const endings = ['png', 'jpg', 'webp', 'tif', 'JPEG'];
    const set = await made(
      Object.fromEntries(
        endings.map((ending, i) => [`${i % 2 ? 'a' : 'b'}/${i}.${ending}`, { channels: 1, seed: i }] as const),
      ),
    );
    expect([set.train.count, set.channels]).toEqual([5, 3]); // WebP has no grey
    const grey = await made({
      'a/1.png': { channels: 1, seed: 1 },
      'b/2.tif': { channels: 1, seed: 2 },
      'b/3.jpg': { channels: 1, seed: 3 },
    });
    expect([grey.channels, grey.notes.at(-1)]).toEqual([1, '1 channel: all images are grey']);
    expect((await made({ 'a/1.png': {}, 'b/2.gif': { seed: 4 } })).train.count).toBe(2);
  });

  test('images of several sizes get a usual one that most cover, or the one that is asked for', async () => {
    const sizes: FolderContent = {
      'a/1.png': { width: 70, height: 90 },
      'b/2.png': { width: 200, height: 66, seed: 2 },
    };
    const set = await made(sizes);
    expect([set.height, set.width, set.notes[0]]).toEqual([
      64,
      64,
      expect.stringMatching(/^size 64 x 64: shorter sides are 66 to 70 pixels/),
    ]);
    const own = await made(sizes, { size: { height: 20, width: 30 }, channels: 1 });
    expect([own.channels, own.height, own.width, own.notes]).toEqual([1, 20, 30, []]);
    const { image } = await decodePicture(await picture('1.png', { width: 70, height: 90 }), '1.png');
    expect([...(await pixelsOf(own.train)).subarray(0, 600)]).toEqual([
      ...prepareImage(image, { channels: 1, height: 20, width: 30 }),
    ]);
  });

  test('a layout of parts, under any of their names; test images are the test set', async () => {
    const content = {
      ...classes(['Train/a', 'Train/b'], 3),
      ...classes(['valid/a', 'valid/b'], 2, { seed: 9000 }),
      ...classes(['test/a'], 1, { seed: 7000 }),
      'docs/readme/x.txt': '',
    };
    const set = await made(content);
    expect([counts(set), set.classNames, set.leaks]).toEqual([
      { train: 6, validation: 2 * 2, test: 1 },
      ['a', 'b'],
      [],
    ]);
    expect(set.notes).toContainEqual('folders beside train are left out: docs');
    await expect(made(content, { valSplit: 0.5 })).rejects.toThrow(
      /valSplit: 0.5 is given, but the data set has a validation set/,
    );
    await expect(made({ ...classes(['train/a'], 1), ...classes(['val/b'], 1) })).rejects.toThrow(
      /class: "b" has validation images, but no training images/,
    );
    // A class called train.
    expect((await made(classes(['train', 'bus', 'tram'], 1))).classNames).toEqual(['bus', 'train', 'tram']);
  });

  test('a validation set is split off, stratified and by seed, or comes from a folder of its own', async () => {
    const path = await folder(classes(['a', 'b'], 10));
    const set = await open(path, { valSplit: 0.2, seed: 5 });
    expect(counts(set)).toEqual({ train: 16, validation: 4 });
    expect([...(set.validation?.labels ?? [])]).toEqual([0, 0, 1, 1]);
    expect((await open(path, { valSplit: 0.2, seed: 5 })).validation?.about?.name(0)).toBe(
      set.validation?.about?.name(0),
    );
    const val = await folder(classes(['b'], 2, { seed: 500 }));
    const own = await open(path, { val });
    expect([counts(own), [...(own.validation?.labels ?? [])], own.validation?.about?.name(0)]).toEqual([
      { train: 20, validation: 2 },
      [1, 1],
      join(val, 'b/0.png'),
    ]);
    await expect(open(path, { val: await folder(classes(['c'], 1)) })).rejects.toThrow(
      /class: "c" is none of the classes: a, b/,
    );
    await expect(open(path, { val, valSplit: 0.1 })).rejects.toThrow(/choose one/);
  });

  test('a default share is taken where there is no validation set, and where none is asked for', async () => {
    const path = await folder(classes(['a', 'b'], 10));
    const val = await folder(classes(['b'], 2, { seed: 500 }));
    for (const [options, validation, valSplit] of [
      [{}, 2, 0.1],
      [{ valSplit: 0.2 }, 4, 0.2],
      [{ val }, 2, undefined],
    ] as const) {
      const set = await open(path, { ...options, defaultValSplit: 0.1 });
      expect([set.validation?.count, set.valSplit]).toEqual([validation, valSplit]);
    }
    await expect(open(path, { defaultValSplit: 0 })).rejects.toThrow(/defaultValSplit: 0 must lie in/);
  });

  test('folders below the classes are groups that stay on one side', async () => {
    const patients = Array.from({ length: 8 }, (_, i) => `p${i}`);
    const path = await folder(
      classes(
        ['sick', 'well'].flatMap((name) => patients.map((patient) => `${name}/${patient}`)),
        2,
      ),
    );
    const { train, validation, leaks, classNames } = await open(path, { group: 2, valSplit: 0.25 });
    const groups = (images: OpenedDataset['train']) =>
      new Set(Array.from({ length: images.count }, (_, i) => images.about?.group(i)));
    expect([classNames, leaks, groups(train).size, validation && groups(validation).size]).toEqual([
      ['sick', 'well'],
      [],
      6,
      2,
    ]);
    await expect(open(path, { group: 9 })).rejects.toThrow(/group: 9 is no level of folders/);
    await expect(open(path, { group: 'patient' })).rejects.toThrow(ConfigError);
  });

  test('a split that leaks is said: the same patient, the same pixels', async () => {
    const set = await made(
      {
        'train/a/p1/1.png': { seed: 1 },
        'train/b/p2/2.png': { seed: 2 },
        'val/a/p2/3.png': { seed: 3 },
        'test/b/p3/copy.png': { seed: 1 },
      },
      { group: 3 - 1 },
    );
    expect(set.leaks).toEqual([
      { kind: 'group', between: ['train', 'validation'], count: 1, example: 'p2' },
      { kind: 'content', between: ['train', 'test'], count: 1, example: [0, 0] },
    ]);
  });

  test('awkward folders: empty classes, hidden files, links and their cycles, odd names, files that are no images', async () => {
    const odd = 'a\nb "한국" \u{1f600}';
    const path = await folder({
      [`${odd}/x, y.png`]: { seed: 1 },
      'cat/deep/er/1.png': { seed: 2 },
      'cat/.hidden.png': { seed: 3 },
      '.git/1.png': { seed: 4 },
      '__MACOSX/1.png': { seed: 5 },
      'cat/notes.txt': 'no image',
      'cat/Thumbs.db': 'x',
      'loose.png': { seed: 6 },
    });
    mkdirSync(join(path, 'empty'));
    const other = await folder({ '1.png': { seed: 7 } });
    symlinkSync(other, join(path, 'linked'));
    symlinkSync(join(other, '1.png'), join(path, 'cat', 'link.png'));
    symlinkSync(path, join(path, 'cat', 'cycle'));
    symlinkSync(join(path, 'nowhere'), join(path, 'cat', 'dangling.jpg'));
    const set = await open(path, { badShare: 1 });
    expect(set.classNames).toEqual([odd, 'cat', 'linked']);
    const own = names(set).filter((name) => !name?.includes('cycle'));
    expect(own).toEqual([`${odd}/x, y.png`, 'cat/link.png', 'cat/deep/er/1.png', 'linked/1.png']);
    expect(set.problems.filter(({ path: name }) => !name.includes('cycle'))).toEqual([
      { path: 'cat/dangling.jpg', problem: 'cannot be read: no such file' },
    ]);
    expect(set.notes.join('\n')).toMatch(
      /1 image lies beside the class folders.*\n.*empty holds no images.*\n?.*no images are left out: \.txt/s,
    );
  });

  test('bad images are problems; more than a share of them is an error', async () => {
    const good = classes(['a', 'b'], 4);
    const bad = {
      'a/text.jpg': 'this is a text',
      'b/empty.png': '',
      'b/cut.png': (await picture('x.png')).subarray(0, 60),
    };
    const path = await folder({ ...good, ...bad });
    await expect(open(path)).rejects.toThrow(
      /badShare: 0.05 is exceeded: at least 3 of 11 .*a\/text.jpg \(not an image that can be decoded: is a text file; a picture is needed\), b\/cut.png .*b\/empty.png \(is empty/,
    );
    const set = await open(path, { badShare: 0.3, valSplit: 0.5 });
    expect([set.train.count + (set.validation?.count ?? 0), set.problems.map((one) => one.path)]).toEqual([
      8,
      ['a/text.jpg', 'b/cut.png', 'b/empty.png'],
    ]);
    await expect(made({ 'a/1.png': 'x', 'b/1.png': 'y' }, { badShare: 1 })).rejects.toThrow(
      /no training images that can be used: a\/1.png/,
    );
  });

  test.each<[string, FolderContent, RegExp]>([
    ['nothing', {}, /has no folders with images: put the images of each class into a folder/],
    ['images only', { 'a.png': {} }, /has 1 image but no folders/],
    ['folders without images', { 'a/x.txt': 'x' }, /holds no images: PNG, JPEG/],
    ['two tables', { 'a.csv': '', 'b.csv': '' }, /holds 2 tables; give the one/],
  ])('a folder of %s is an error that says what to do', async (_, content, words) => {
    await expect(made(content)).rejects.toThrow(words);
    await expect(made(content)).rejects.toThrow(ConfigError);
  });

  test('no path, and options that cannot be', async () => {
    await expect(open('/nowhere/at/all')).rejects.toThrow(/data: "\/nowhere\/at\/all" is no file or folder/);
    await expect(open('.', { valSplit: 1.5 })).rejects.toThrow(/valSplit: 1.5 must lie in/);
    await expect(open('.', { channels: 2 })).rejects.toThrow(/channels: 2 must be 1/);
    const path = await folder(classes(['a'], 2));
    await expect(open(path, { mean: [0.5] })).rejects.toThrow(/mean: \[0.5\] must be 3 numbers/);
    expect((await open(path, { mean: [0.1, 0.2, 0.3], std: [1, 1, 1] })).normalisation.mean).toEqual([0.1, 0.2, 0.3]);
  });
});

describe('a table', () => {
  const images = {
    'img/1.png': { seed: 1 },
    'img/2.png': { seed: 2 },
    'img/sub/3.png': { seed: 3 },
    'img/4.png': { seed: 4 },
  };

  test('one class per image; rows that name no image are problems', async () => {
    const path = await folder({
      ...images,
      'data.csv':
        'path;label\r\nimg/2.png;dog\r\nimg\\sub\\3.png;cat\r\nimg/1.png;dog\r\nimg/5.png;cat\r\nhttp://x.y/z.png;cat\r\n',
    });
    await expect(open(join(path, 'data.csv'))).rejects.toThrow(
      /badShare.*2 of 5 .*img\/5.png \(row 5: cannot be read: no such file\), http:\/\/x.y\/z.png \(row 6: is an address/,
    );
    const set = await open(path, { badShare: 0.5 });
    expect([set.source.kind, names(set), [...set.train.labels], set.classNames]).toEqual([
      'csv',
      ['img/2.png', 'img\\sub\\3.png', 'img/1.png'],
      [1, 0, 1],
      ['cat', 'dog'],
    ]);
  });

  test('several labels with missing ones, groups and splits', async () => {
    const path = await folder({
      ...images,
      'x.csv': 'path,m,n,patient,split\nimg/1.png,1,,p,train\nimg/2.png,0,1,q,train\nimg/4.png,1,1,p,val\n',
    });
    const set = await open(join(path, 'x.csv'), { group: 'patient' });
    expect([set.task, set.classNames, [...set.train.labels], [...(set.validation?.labels ?? [])]]).toEqual([
      'multi-label',
      ['m', 'n'],
      [1, Number.NaN, 0, 1],
      [1, 1],
    ]);
    expect(set.leaks).toMatchObject([{ kind: 'group', example: 'p' }]);
  });
});

describe('arrays', () => {
  const noise = (count: number, seed = 0) =>
    Uint8Array.from({ length: count }, (_, i) => (i * 37 + seed * 11 + (i >> 3)) % 256);
  const mnist = {
    'train-images-idx3-ubyte': Buffer.from(idx([6, 4, 5], noise(120))),
    'train-labels-idx1-ubyte.gz': gzipSync(idx([6], Uint8Array.of(0, 1, 2, 0, 1, 2))),
  };
  const heldOut = {
    't10k-images-idx3-ubyte.gz': gzipSync(idx([2, 4, 5], noise(40, 5))),
    't10k-labels-idx1-ubyte': Buffer.from(idx([2], Uint8Array.of(1, 2))),
  };

  test('the sample: recognised, its t10k files are the test set', async () => {
    const set = await open(fileURLToPath(new URL('../../data/fashion-mnist-sample', import.meta.url)), {
      valSplit: 0.1,
    });
    expect([set.source.kind, counts(set), set.classNames[9]]).toEqual([
      'idx',
      { train: 4500, validation: 500, test: 1000 },
      'Ankle boot',
    ]);
    const whole = await open(fileURLToPath(new URL('../../data/fashion-mnist-sample', import.meta.url)));
    expect(whole.normalisation.mean[0]).toBeCloseTo(FASHION_MNIST_NORMALIZATION.mean[0], 12);
  });

  test('IDX, gzipped or not, with its digests; in a folder called raw; at another size', async () => {
    const path = await folder({ ...mnist, ...heldOut });
    const set = await open(path);
    expect([counts(set), set.classNames, set.height, set.width, set.leaks]).toEqual([
      { train: 6, test: 2 },
      ['0', '1', '2'],
      4,
      5,
      [],
    ]);
    const pixels = await pixelsOf(set.train);
    expect([...pixels]).toEqual([...noise(120)]);
    expect(await set.parts[0]?.fingerprint()).toEqual(await fingerprint(inMemory({ ...set.train, pixels })));
    expect(set.normalisation).toEqual(measureNormalisation(pixels, 1, 20));
    const raw = await folder();
    await fill(join(raw, 'raw'), mnist);
    expect(counts(await open(raw))).toEqual({ train: 6 });
    const large = await open(path, { size: 8, channels: 3 });
    expect([large.channels, large.height, large.test?.width, (await pixelsOf(large.train)).length]).toEqual([
      3,
      8,
      8,
      6 * 192,
    ]);
    const cropped = await open(path, {
      size: { height: 3, width: 3 },
      trainResize: { height: 4, width: 5 },
      valSplit: 0.5,
    });
    expect([cropped.height, cropped.train.height, cropped.train.width]).toEqual([3, 4, 5]);
    expect([...(await pixelsOf(cropped.train))].every((value) => noise(120).includes(value))).toBe(true);
    // The middle of 4 x 5 begins at the first row (half of one, to even) and at the second column.
    const tested = cropped.test && (await pixelsOf(cropped.test));
    expect([...(tested ?? [])].slice(0, 9)).toEqual(
      [0, 1, 2].flatMap((y) => [...noise(40, 5).subarray(5 * y + 1, 5 * y + 4)]),
    );
    expect(cropped.validation).toMatchObject({ height: 3, width: 3 });
    const twice = { ...heldOut, 't10k-images-idx3-ubyte.gz': gzipSync(idx([2, 4, 5], noise(120).subarray(20, 60))) };
    const given = { size: { height: 3, width: 3 }, trainResize: { height: 4, width: 5 } };
    expect((await open(await folder({ ...mnist, ...twice }), given)).leaks).toMatchObject([{ count: 2 }]);
    expect((await cropped.parts[1]?.fingerprint())?.count).toBe(3);
    await expect(open(await folder({ 'train-images-idx3-ubyte': mnist['train-images-idx3-ubyte'] }))).rejects.toThrow(
      /has no file train-labels-idx1-ubyte, nor/,
    );
    await expect(
      open(await folder({ ...mnist, 'train-labels-idx1-ubyte.gz': Buffer.from([31, 139, 8, 0, 1, 2, 3]) })),
    ).rejects.toThrow(/train-labels-idx1-ubyte.gz.*truncated or corrupt gzip/);
  });

  test('EMNIST: upright, with its characters, chosen by a file where there are several', async () => {
    const emnist = (kind: string) => ({
      [`emnist-${kind}-train-images-idx3-ubyte`]: Buffer.from(idx([2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))),
      [`emnist-${kind}-train-labels-idx1-ubyte`]: Buffer.from(idx([2], Uint8Array.of(1, 2))),
    });
    const set = await made({ ...emnist('letters'), 'emnist-letters-mapping.txt': '1 65 97\n2 66 98\n' });
    expect([set.classNames, [...(await pixelsOf(set.train))]]).toEqual([
      ['N/A', 'a', 'b'],
      [1, 3, 2, 4, 5, 7, 6, 8],
    ]);
    const both = await folder({ ...emnist('letters'), ...emnist('digits') });
    await expect(open(both)).rejects.toThrow(/holds 2 data sets; give a file of the one that is meant/);
    expect((await open(join(both, 'emnist-digits-train-labels-idx1-ubyte'))).classNames).toHaveLength(10);
  });

  test('CIFAR-10, CIFAR-100 with the names beside it, and the version for Python', async () => {
    const record = (...labels: number[]) => Buffer.from([...labels, ...noise(3072, labels[0])]);
    const ten = await made({ 'data_batch_1.bin': Buffer.concat([record(3), record(4)]), 'test_batch.bin': record(9) });
    expect([counts(ten), ten.classNames[3], ten.notes]).toEqual([
      { train: 2, test: 1 },
      'cat',
      ['only 1 of 5 training files are there: data_batch_1.bin'],
    ]);
    const fine = Array.from({ length: 100 }, (_, i) => `name ${i}`).join('\n');
    const hundred = await made({
      'train.bin': record(1, 99),
      'test.bin': record(2, 5),
      'fine_label_names.txt': `${fine}\n`,
    });
    expect([hundred.classNames[99], [...(hundred.test?.labels ?? [])]]).toEqual(['name 99', [5]]);
    await expect(made({ 'batches.meta': 'x', data_batch_1: 'x' })).rejects.toThrow(/pickles.*fetch the binary version/);
  });

  test('MedMNIST', async () => {
    const array = (shape: string, values: Uint8Array) =>
      npy(`{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }`, values);
    const zip = zipSync({
      'train_images.npy': array('(4, 3, 3)', noise(36)),
      'train_labels.npy': array('(4, 2)', Uint8Array.of(0, 1, 1, 0, 1, 1, 0, 0)),
      'val_images.npy': array('(1, 3, 3)', noise(9)),
      'val_labels.npy': array('(1, 2)', Uint8Array.of(0, 1)),
    });
    const path = join(await folder({ 'x.npz': Buffer.from(zip) }), 'x.npz');
    const set = await open(path, { labels: ['mass', 'edema'] });
    expect([set.task, set.classNames, counts(set), set.leaks.map(({ kind }) => kind)]).toEqual([
      'multi-label',
      ['mass', 'edema'],
      { train: 4, validation: 1 },
      ['content'],
    ]);
    await expect(open(path, { group: 'patient' })).rejects.toThrow(/npz files say nothing of groups/);
    await expect(open(path, { valSplit: 0.5 })).rejects.toThrow(/has a validation set of its own/);
  });
});

const PYTHON = '/usr/bin/python3';
function missing(): string | undefined {
  try {
    if (existsSync(PYTHON)) execFileSync(PYTHON, ['-c', 'import torchvision'], { stdio: 'pipe' });
    return existsSync(PYTHON) ? undefined : `no ${PYTHON}`;
  } catch {
    return `torchvision (Debian: python3-torchvision) is not installed for ${PYTHON}`;
  }
}

test("classes and order are those of torchvision's ImageFolder", async ({ skip }) => {
  const why = missing();
  if (why !== undefined) skip(why);
  const order = ['b', 'B', 'a b', 'a', 'é', '한', 'z/a', 'z/a b', 'z/a/x', 'z', '10', '9', '\u{1f600}', '\uffee'];
  const path = await folder(
    Object.fromEntries(
      order.flatMap((name, i) =>
        ['10.png', '9.png', 'A.png'].map((file, j) => [`${name}/${file}`, { seed: 10 * i + j }]),
      ),
    ),
  );
  const set = await open(path);
  writeFileSync(
    join(path, '..', 'list.py'),
    'import sys, json, os\nfrom torchvision.datasets import ImageFolder\nd = ImageFolder(sys.argv[1])\nprint(json.dumps([d.classes, [[os.path.relpath(p, sys.argv[1]), c] for p, c in d.samples]]))\n',
  );
  const env = { ...process.env, PYTHONUTF8: '1' };
  const [own, samples] = JSON.parse(
    execFileSync(PYTHON, [join(path, '..', 'list.py'), path], { env, encoding: 'utf8' }),
  );
  expect(set.classNames).toEqual(own);
  expect(names(set).map((name, i) => [name, set.train.labels[i]])).toEqual(samples);
});
