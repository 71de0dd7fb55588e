import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { fileSet } from './file-set.ts';

const idx = (shape: number[], values: number[]) =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]), ...values]);
const images = (name: string, count: number, start = 0) =>
  new File(
    [
      idx(
        [count, 2, 2],
        Array.from({ length: count * 4 }, (_, i) => start + Math.floor(i / 4)),
      ),
    ],
    name,
  );
const labels = (name: string, values: number[]) => new File([gzipSync(idx([values.length], values))], name);

it('reads two pairs by their names, gzipped or not, and measures the training pixels', async () => {
  const set = await fileSet([
    images('train-images', 4),
    labels('train-labels.gz', [0, 1, 2, 0]),
    labels('t10k-labels.gz', [2, 1]),
    images('t10k-images', 2, 100),
  ]);
  expect(set.size).toEqual({ channels: 1, height: 2, width: 2 });
  expect(set.classes.map(({ training, validation }) => [training, validation])).toEqual([
    [2, 0],
    [1, 1],
    [1, 1],
  ]);
  const made = await set.images({ channels: 1, height: 2, width: 2 });
  expect(made.validation.pixels[0]).toBe(100);
  expect(made.normalisation.mean[0]).toBeCloseTo(1.5 / 255, 12);
  expect(made.normalisation.std[0]).toBeCloseTo(Math.sqrt(1.25) / 255, 12);
});

it('holds out a fifth of each class of a single pair', async () => {
  const given = Array.from({ length: 20 }, (_, i) => i % 2);
  const set = await fileSet([labels('digits-labels', given), images('digits-images', 20)]);
  expect(set.classes.map(({ training, validation }) => [training, validation])).toEqual([
    [8, 2],
    [8, 2],
  ]);
  const { training, validation } = await set.images({ channels: 1, height: 2, width: 2 });
  for (const part of [training, validation]) {
    for (const [i, label] of part.labels.entries()) expect(label).toBe((part.pixels[4 * i] ?? 0) % 2);
  }
});

it('refuses what is no pair', async () => {
  await expect(fileSet([images('a', 3)])).rejects.toThrow(/one of labels/);
  await expect(fileSet([images('a', 3), labels('b', [0, 1])])).rejects.toThrow(/2 labels for the 3 images/);
  await expect(fileSet([new File(['words'], 'c'), labels('b', [0])])).rejects.toThrow(
    /is a text file; an IDX file is needed/,
  );
  await expect(fileSet([images('a', 1), labels('b', [0]), images('test-a', 1), labels('test-b', [4])])).rejects.toThrow(
    /label 4/,
  );
});

it('reads CIFAR, with the file that its name holds out', async () => {
  const cifar = (name: string, ...labels: number[]) =>
    new File(
      [Uint8Array.from(labels.flatMap((label) => [label, ...Array.from({ length: 3072 }, () => 10 * label)]))],
      name,
    );
  const set = await fileSet([
    cifar('data_batch_2.bin', 2, 1),
    cifar('test_batch.bin', 1),
    cifar('data_batch_1.bin', 0),
  ]);
  expect(set.size).toEqual({ channels: 3, height: 32, width: 32 });
  const { training, validation, normalisation } = await set.images({ channels: 3, height: 32, width: 32 });
  expect([training.count, validation.count, validation.labels[0], validation.pixels[5]]).toEqual([3, 1, 1, 10]);
  expect(normalisation.mean).toEqual([10 / 255, 10 / 255, 10 / 255]);
});
