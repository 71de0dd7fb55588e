import { afterAll, expect, test } from 'vitest';
import { classes, type FolderContent, scratch } from '../../tests/fixtures/image-folders.ts';
import { inMemory } from '../data/dataset.ts';
import type { OpenDatasetOptions } from './dataset-options.ts';
import { describeDataset } from './dataset-report.ts';
import { readRate, simulateSteps } from './measure-loader.ts';
import { openDataset } from './open-dataset.ts';

const { folder, remove } = scratch('dataset-report');
afterAll(remove);

const report = async (content: FolderContent, options: OpenDatasetOptions = {}) =>
  describeDataset(await openDataset(await folder(content), { cacheDir: false, badShare: 1, ...options }));

test('duplicates name their images, across parts too', async () => {
  const { duplicates, leaks } = await report({
    ...classes(['train/a'], 2),
    'train/a/x.png': { seed: 1 },
    'val/a/y.png': { seed: 1 },
  });
  expect(duplicates).toEqual([
    [
      { part: 'train', index: 1, name: 'train/a/1.png' },
      { part: 'train', index: 2, name: 'train/a/x.png' },
      { part: 'validation', index: 0, name: 'val/a/y.png' },
    ],
  ]);
  expect(leaks).toHaveLength(1);
});

test('what hurts a training is a warning', async () => {
  const one = await report(classes(['photos/cat', 'photos/dog'], 2));
  expect(one.warnings.join('\n')).toMatch(
    /one class only, photos: .*if its sub-folders are the classes, give that folder/,
  );
  const uneven = await report({ ...classes(['a'], 21), ...classes(['b'], 2, { seed: 90 }) }, { valSplit: 0.1 });
  expect(uneven.warnings).toEqual([
    'fewer than 20 training images of a (19), b (2)',
    'the validation set has no images of b',
  ]);
  const many = await report({ ...classes(['a'], 40), ...classes(['b'], 2, { seed: 90 }) });
  expect(many.warnings.join('\n')).toMatch(
    /imbalanced: class a has 20 times as many training images as b.*\n.*no validation set: `valSplit`/,
  );
});

test('several labels: how many have each, and how many miss it', async () => {
  const images = { '1.png': { seed: 1 }, '2.png': { seed: 2 }, '3.png': { seed: 1 } };
  const { classes: labels, warnings } = await report({
    ...images,
    'x.csv': 'path,m,n\n1.png,1,\n2.png,0,1\n3.png,1,0\n',
  });
  expect(labels).toEqual([
    { name: 'm', counts: { train: 2 }, missing: 0 },
    { name: 'n', counts: { train: 1 }, missing: 1 },
  ]);
  expect(warnings.join('\n')).toMatch(/1 time the very same image has different labels: 1\.png, 3\.png/);
});

test("simulated steps read a training's batches, one ahead of the step", async () => {
  const images = {
    count: 10,
    channels: 1,
    height: 1,
    width: 1,
    pixels: new Uint8Array(10),
    labels: new Int32Array(10),
    classNames: ['a'],
  };
  const read: number[][] = [];
  const quick = inMemory(images);
  const watched = {
    ...quick,
    read: (indices: ArrayLike<number>, into: Uint8Array) => {
      read.push(Array.from(indices));
      return quick.read(indices, into);
    },
  };
  const { steps, waitShare, batch } = await simulateSteps(watched, { batch: 4, stepMilliseconds: 1, seconds: 0.02 });
  expect([batch, read.length]).toEqual([4, steps + 1]);
  expect(waitShare).toBeGreaterThanOrEqual(0);
  expect(waitShare).toBeLessThanOrEqual(1);
  // Two whole batches of ten images, then another order.
  expect(new Set(read.slice(0, 2).flat()).size).toBe(8);
  expect(read.slice(2, 4)).not.toEqual(read.slice(0, 2));
  expect(await readRate(quick, { batch: 64, seconds: 0.01 })).toBeGreaterThan(0);
  // Reading that keeps the thread busy makes steps wait, though the timer of a step is late then, too.
  const busy = async () => {
    for (const end = performance.now() + 20; performance.now() < end; );
  };
  const late = await simulateSteps({ ...quick, read: busy }, { batch: 4, stepMilliseconds: 1, seconds: 0.05 });
  expect(late.waitShare).toBeGreaterThan(0.2);
});
