// Folders of IDX files in every state that a user's disk may have them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { FASHION_MNIST_FILES } from '../src/data/fashion-mnist.ts';
import { ConfigError, DataError } from '../src/runtime/errors.ts';
import { readTrainingData, SAMPLE } from './training-data.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-data-'));
afterAll(() => rmSync(root, { recursive: true }));

const { training, test: heldOut } = FASHION_MNIST_FILES;
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
  [heldOut.images]: idx([2, 8, 9]),
  [heldOut.labels]: idx([2]),
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

test('the sample comes along', async () => {
  const { training, heldOut } = await readTrainingData(SAMPLE, 100);
  expect(training).toMatchObject({ count: 100, channels: 1, height: 28, width: 28 });
  expect(training.labels).toHaveLength(100);
  expect(heldOut.count).toBe(1000);
});

test('files may be gzipped or not', async () => {
  const images = whole[training.images] ?? Buffer.alloc(0);
  const zipped = folder({ [training.images]: undefined, [`${training.images}.gz`]: gzipSync(images) });
  expect((await readTrainingData(zipped)).training).toMatchObject({ count: 6, height: 8, width: 9 });
});

test.each([
  ['lacks a file', { [heldOut.labels]: undefined }, ConfigError, /has no file t10k-labels-idx1-ubyte, nor t10k-/],
  ['is cut', { [training.images]: idx([6, 8, 9]).subarray(0, 100) }, DataError, /train-images-idx3-ubyte: at byte 100/],
  ['holds labels for images', { [training.images]: idx([6]) }, DataError, /a file of labels/],
  ['counts differently', { [training.labels]: idx([5]) }, DataError, /5 labels for the 6 images/],
  ['has a label of no class', { [training.labels]: idx([6], 10) }, DataError, /at byte 8: label 10 of image 0/],
  [
    'has two sizes of images',
    { [heldOut.images]: idx([2, 9, 9]) },
    ConfigError,
    /training images of height 8, test images of 9/,
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
  await expect(readTrainingData(path)).rejects.toThrow(words);
  await expect(readTrainingData(path)).rejects.toThrow(kind);
  await expect(readTrainingData(path)).rejects.toThrow(path);
});

test('no folder is an error too', async () => {
  await expect(readTrainingData(join(root, 'nowhere'))).rejects.toThrow(/--data: .*nowhere" has no file train-images/);
});
