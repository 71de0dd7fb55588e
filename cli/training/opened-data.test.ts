// Folders of IDX files in every state that a user's disk may have them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test, vi } from 'vitest';
import { FASHION_MNIST_FILES, FASHION_MNIST_NORMALIZATION } from '../../src/data/fashion-mnist.ts';
import { ConfigError, DataError } from '../../src/runtime/errors.ts';
import { fingerprint } from '../../src/training/fingerprint.ts';
import { readSample, SAMPLE, SAMPLE_FOLDER } from './data.ts';
import { classesNote, openTrainingData, reopenTrainingData } from './opened-data.ts';

/** How often a data set was opened, and of which of its parts a digest was asked for. */
const asked = { opened: 0, digests: [] as string[] };
vi.mock('../../src/node/open-dataset.ts', async (original) => {
  const { openDataset } = await original<typeof import('../../src/node/open-dataset.ts')>();
  return {
    openDataset: async (...given: Parameters<typeof openDataset>) => {
      asked.opened++;
      const set = await openDataset(...given);
      const noting = (part: (typeof set.parts)[number]) => ({
        ...part,
        fingerprint: () => {
          asked.digests.push(part.part);
          return part.fingerprint();
        },
      });
      return { ...set, parts: set.parts.map(noting) };
    },
  };
});

const root = mkdtempSync(join(tmpdir(), 'densenet-data-'));
afterAll(() => rmSync(root, { recursive: true }));

const { training, test: validation } = FASHION_MNIST_FILES;
function idx(shape: number[], value = 1): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  for (const [axis, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([
    head,
    Buffer.alloc(
      shape.reduce((n, s) => n * s, 1),
      value,
    ),
  ]);
}
const whole: Readonly<Record<string, Buffer>> = {
  [training.images]: idx([6, 8, 9]),
  [training.labels]: idx([6]),
  [validation.images]: idx([2, 8, 9]),
  [validation.labels]: idx([2]),
};

let folders = 0;
/** A folder of the four files, some of them changed or (undefined) left out. */
function folder(changes: Readonly<Record<string, Buffer | undefined>> = {}): string {
  const path = join(root, String(folders++));
  mkdirSync(path);
  for (const [name, bytes] of Object.entries({ ...whole, ...changes }))
    if (bytes) writeFileSync(join(path, name), bytes);
  return path;
}

test('the sample comes along', { timeout: 60_000 }, async () => {
  const { training, validation } = await readSample(100);
  expect(training).toMatchObject({ count: 100, channels: 1, height: 28, width: 28 });
  expect(training.labels).toHaveLength(100);
  expect(validation.count).toBe(1000);
});

test('the sample is recognised by what it holds, also under other names, and measured', {
  timeout: 60_000,
}, async () => {
  const { training, named, normalisation } = await openTrainingData(SAMPLE_FOLDER, { valSplit: 0 });
  expect([named, training.classNames[1]]).toEqual(['data set', 'Trouser']);
  expect(normalisation.mean[0]).toBeCloseTo(FASHION_MNIST_NORMALIZATION.mean[0], 12);
  expect(normalisation.std[0]).toBeCloseTo(FASHION_MNIST_NORMALIZATION.std[0], 12);
});

test('classes are numbers unless they are named, as many as the labels have', async () => {
  const letters = Buffer.concat([idx([6]).subarray(0, 8), Buffer.from([1, 26, 3, 1, 1, 2])]);
  const path = folder({ [training.labels]: letters });
  const numbers = await openTrainingData(path, { valSplit: 0 });
  expect([numbers.named, numbers.training.classNames.length, numbers.training.classNames[26]]).toEqual([
    'numbers',
    27,
    '26',
  ]);
  expect(classesNote(numbers)).toMatch(/^27 classes, without names; no training images of class 0, 4,/);
  const names = Array.from({ length: 28 }, (_, label) => `letter ${label}`);
  const named = await openTrainingData(path, { valSplit: 0, labels: names });
  expect([named.named, named.training.classNames, named.test?.classNames]).toEqual(['labels', names, names]);
  await expect(openTrainingData(path, { valSplit: 0, labels: names.slice(0, 26) })).rejects.toThrow(
    /label 26 .*the 26 classes are 0 to 25/,
  );
});

test('mean and deviation are those of the training images, per channel', async () => {
  const colours = Buffer.concat([
    idx([2, 3, 1, 2]).subarray(0, 20),
    Buffer.from([0, 255, 10, 10, 0, 0, 255, 0, 10, 10, 0, 51]),
  ]);
  const { normalisation } = await openTrainingData(
    folder({ [training.images]: colours, [training.labels]: idx([2]), [validation.images]: idx([2, 3, 1, 2]) }),
    { valSplit: 0 },
  );
  expect(normalisation.mean.map((v) => v * 255)).toEqual([127.5, 10, 12.75]);
  expect(normalisation.std[0]).toBeCloseTo(0.5, 12);
  expect(normalisation.std[1]).toBe(1 / 255);
});

test('files may be gzipped or not', async () => {
  const images = whole[training.images] ?? Buffer.alloc(0);
  const zipped = folder({ [training.images]: undefined, [`${training.images}.gz`]: gzipSync(images) });
  expect((await openTrainingData(zipped, { valSplit: 0 })).training).toMatchObject({ count: 6, height: 8, width: 9 });
});

test.each([
  ['lacks a file', { [validation.labels]: undefined }, ConfigError, /has no file t10k-labels-idx1-ubyte, nor t10k-/],
  ['is cut', { [training.images]: idx([6, 8, 9]).subarray(0, 100) }, DataError, /train-images-idx3-ubyte: at byte 100/],
  ['holds labels for images', { [training.images]: idx([6]) }, DataError, /a file of labels/],
  ['counts differently', { [training.labels]: idx([5]) }, DataError, /5 labels for the 6 images/],
  [
    'tests on a label that no training image has',
    { [validation.labels]: idx([2], 2) },
    DataError,
    /at byte 8: label 2 of image 0 is out of range: the 2 classes are 0 to 1/,
  ],
  [
    'has two sizes of images',
    { [validation.images]: idx([2, 9, 9]) },
    ConfigError,
    /training images of 1 x 8 x 9 but test images of 1 x 9 x 9/,
  ],
  [
    'is no gzip inside',
    {
      [training.labels]: undefined,
      [`${training.labels}.gz`]: Buffer.concat([Buffer.from([31, 139, 8]), Buffer.alloc(40)]),
    },
    DataError,
    /truncated or corrupt|holds/,
  ],
])('a folder that %s is an error that names the file', async (_, changes, kind, words) => {
  const path = folder(changes);
  await expect(openTrainingData(path, {})).rejects.toThrow(words);
  await expect(openTrainingData(path, {})).rejects.toThrow(kind);
  await expect(openTrainingData(path, {})).rejects.toThrow(path);
});

test('no folder is an error too', async () => {
  await expect(openTrainingData(join(root, 'nowhere'), {})).rejects.toThrow(/--data: .*nowhere" is no file or folder/);
});

test('a tenth of the training images is the validation set where there is none, and the test images are neither', async () => {
  const { training, validation, test: tested, notes, record } = await openTrainingData(SAMPLE, {});
  expect([training.count, validation?.count, tested?.count]).toEqual([4500, 500, 1000]);
  expect(notes.join('\n')).toMatch(/10\.0% of the images are the validation set: 500/);
  expect(record).toMatchObject({ valSplit: 0.1, size: { height: 28, width: 28 } });
});

test('a run that goes on has the same images, and one from before the test images as its validation set', async () => {
  const first = await openTrainingData(SAMPLE, { seed: 3 }, 100);
  const data = { training: await fingerprint(first.training), validation: null };
  const again = await reopenTrainingData(SAMPLE, { about: { dataset: first.record }, data }, {});
  for (const part of ['training', 'validation'] as const) {
    const [one, other] = [first[part], again[part]];
    if (!one || !other) throw new Error(`there are no ${part} images`);
    expect(await fingerprint(other), part).toEqual(await fingerprint(one));
  }
  const whole = await openTrainingData(SAMPLE, { valSplit: 0 });
  const unsplit = await reopenTrainingData(
    SAMPLE,
    { about: { dataset: whole.record }, data: { ...data, training: await fingerprint(whole.training) } },
    {},
  );
  expect([unsplit.training.count, unsplit.validation]).toEqual([5000, undefined]);
  const old = await reopenTrainingData(SAMPLE, { about: {}, data }, {});
  expect([old.training.count, old.validation?.count, old.test]).toEqual([100, 1000, undefined]);
});

test('training images of a size of their own are that in a run that goes on, too', async () => {
  const path = folder();
  const given = { size: { height: 5, width: 6 }, trainResize: { height: 8, width: 9 }, valSplit: 0 };
  const first = await openTrainingData(path, given);
  expect(first).toMatchObject({ input: given.size, training: given.trainResize, test: given.size });
  expect(first.record).toMatchObject({ size: given.size, trainResize: given.trainResize });
  const data = { training: await fingerprint(first.training), validation: null };
  const again = await reopenTrainingData(path, { about: { dataset: first.record }, data }, {});
  expect(again).toMatchObject({ input: given.size, record: first.record });
  expect(await fingerprint(again.training)).toEqual(data.training);
  await expect(openTrainingData(path, { trainResize: 9 })).rejects.toThrow(/^--train-resize: "9x9" needs the size/);
});

test('a data set is opened once, and only what a run is recorded by is digested', async () => {
  for (const [images, digests] of [
    [undefined, ['train', 'validation']],
    [100, ['validation']],
  ] as const) {
    Object.assign(asked, { opened: 0, digests: [] });
    await openTrainingData(SAMPLE, {}, images);
    expect(asked).toEqual({ opened: 1, digests });
  }
});
