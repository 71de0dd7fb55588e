// examples/densenet_images.py finds the images of a run where `densenet train` has found them, split as it splits them; and what it
// cannot read, photographs, it reads from the file that the command writes which it names.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildDensenet, densenet } from '../../cli/densenet-process.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { openTrainingData } from '../../cli/training/opened-data.ts';
import { inMemory } from '../../src/data/dataset.ts';
import { writeNpz } from '../../src/data/npz.ts';
import type { OpenDatasetOptions } from '../../src/node/dataset-options.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { fingerprint } from '../../src/training/fingerprint.ts';
import { classes, scratch } from '../fixtures/image-folders.ts';
import { missingFor } from '../fixtures/python.ts';
import { pyTorch } from './check-pth.ts';

const reason = missingFor('torch');
const folder = mkdtempSync(join(tmpdir(), 'densenet-images-'));
const photos = scratch('images-of-run');
const python = pyTorch();
afterAll(() => {
  python.end();
  rmSync(folder, { recursive: true });
  return photos.remove();
});
beforeAll(buildDensenet, 60_000);

/** A run's record, as far as it says which images it has. */
async function runOf(path: string, options: OpenDatasetOptions = {}, images?: number): Promise<string> {
  const data = await openTrainingData(path, { cacheDir: join(folder, 'cache'), ...options }, images);
  const { training, validation, record } = data;
  const prints = {
    training: await fingerprint(training),
    validation: validation ? await fingerprint(validation) : null,
  };
  data.close();
  return JSON.stringify({ data: prints, about: { dataset: record } });
}

const SIZES = { cifar: [3, 32, 32], small: [1, 5, 4] } as const;
function images(kind: keyof typeof SIZES, count: number, seed: number) {
  const random = createRandom(seed);
  const [channels, height, width] = SIZES[kind];
  const pixels = Uint8Array.from({ length: count * channels * height * width }, () => random.uint32() % 256);
  const labels = Int32Array.from({ length: count }, () => random.uint32() % 10);
  return inMemory({ count, channels, height, width, pixels, labels, classNames: Array.from('abcdefghij') });
}

const cifarFolder = (): string => {
  const path = join(folder, 'cifar');
  mkdirSync(path, { recursive: true });
  const { pixels, labels } = images('cifar', 60, 1);
  const records = Array.from(labels, (label, i) => Uint8Array.of(label, ...pixels.subarray(i * 3072, (i + 1) * 3072)));
  writeFileSync(join(path, 'data_batch_1.bin'), Buffer.concat(records.slice(0, 40)));
  writeFileSync(join(path, 'data_batch_2.bin'), Buffer.concat(records.slice(40)));
  return path;
};
const npz = async (name: string, parts: Parameters<typeof writeNpz>[0]): Promise<string> => {
  const path = join(folder, name);
  writeFileSync(path, await writeNpz(parts));
  return path;
};
const train = images('small', 50, 2);

it.for([
  ['IDX, a share of it', () => join(packageRoot, 'data/fashion-mnist-sample'), { seed: 5 }, 900],
  ['CIFAR in two files', cifarFolder, { valSplit: 0.25 }, undefined],
  ['.npz without a validation set', () => npz('train.npz', { train }), { seed: 1 }, undefined],
  ['.npz that is not split', () => npz('whole.npz', { train }), { valSplit: 0 }, undefined],
  [
    '.npz in colour with all parts',
    () =>
      npz('all.npz', { train: images('cifar', 9, 3), validation: images('cifar', 4, 4), test: images('cifar', 5, 5) }),
    {},
    undefined,
  ],
] as const)('finds the images of a run: %s', async ([, place, options, first], context) => {
  context.skip(reason !== undefined, reason);
  const path = await place();
  const run = await runOf(path, options, first);
  const { data } = JSON.parse(run);
  expect(await python.ask('images', path, run)).toEqual([data.training.count, data.validation?.count ?? null]);
});

it('names the command that writes what it does not read, and reads that', async (context) => {
  context.skip(reason !== undefined, reason);
  const path = await photos.folder({ ...classes(['cat', 'dog'], 10), ...classes(['a cow'], 7, { seed: 50 }) });
  const run = await runOf(path, { size: { height: 12, width: 8 }, valSplit: 0.3, seed: 6 });
  const answer = String(await python.ask('images', path, run));
  expect(answer).toContain('does not hold the 19 training images of the run');
  const out = join(folder, 'images.npz');
  const command = answer.slice(answer.indexOf('densenet data') + 'densenet '.length).replace('images.npz', out);
  expect(command).toBe(`data ${path} --size 12x8 --channels 3 --val-split 0.3 --seed 6 --write ${out}`);
  const { code, err } = await densenet(...command.split(' '), '--cache', join(folder, 'cache'));
  expect([code, err]).toEqual([0, expect.stringContaining(`wrote ${out}: 19 train, 8 validation images`)]);
  expect(await python.ask('images', out, run)).toEqual([19, 8]);
  // A run on that file itself has the same images and classes.
  const again = await openTrainingData(out, {});
  expect(again.training.classNames).toEqual(['a cow', 'cat', 'dog']);
  expect(JSON.parse(run).data.training).toEqual(await fingerprint(again.training));
});

it('says what is wrong with a file', async (context) => {
  context.skip(reason !== undefined, reason);
  const bad = join(folder, 'bad.npz');
  writeFileSync(bad, 'no archive');
  const good = await npz('good.npz', { train });
  const other = await npz('other.npz', { train: images('small', 50, 9) });
  const run = await runOf(good);
  expect(await python.ask('images', join(folder, 'none'), run)).toMatch(/none is no file or folder/);
  expect(await python.ask('images', bad, run)).toMatch(/bad.npz cannot be read/);
  expect(await python.ask('images', other, run)).toMatch(/other.npz does not hold the 45 training images of the run/);
});
