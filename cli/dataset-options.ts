// The options of a data set, which every command that opens one shares, and the progress of opening it.

import process from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import type { OpenProgress } from '../src/data/dataset-options.ts';
import type { DeepOptions, WindowChoice } from '../src/data/deep-image.ts';
import { readTextFile } from '../src/data/text-file.ts';
import { readClassNames } from '../src/densenet/weights/class-names.ts';
import type { OpenDatasetOptions } from '../src/node/dataset-options.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { addDeepOptions } from './decode-image.ts';
import { readInputFile } from './files.ts';
import { fraction, numberList, whole } from './options.ts';

/** As Commander gives them. */
export interface DatasetOptions {
  readonly size?: { readonly height: number; readonly width: number };
  readonly trainResize?: { readonly height: number; readonly width: number };
  readonly channels?: number;
  readonly labels?: string;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly valSplit?: number;
  readonly val?: string;
  readonly test?: string;
  readonly group?: string;
  readonly seed?: number;
  readonly badShare?: number;
  readonly dicomWindow?: WindowChoice;
  readonly dicomFrame?: number;
  readonly depth?: DeepOptions['depth'];
  /** false: --no-cache. */
  readonly cache?: string | boolean;
  readonly cacheMemory?: number;
}

/** Reads a size in pixels: 224, or height and width, 96x128. */
export function imageSize(text: string): { height: number; width: number } {
  const [, height = '', width = height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  const sides = [Number(height), Number(width)];
  if (height === '' || sides.some((side) => side < 1 || side > 16384)) {
    throw new InvalidArgumentError('It must be a number of pixels from 1 to 16384, or height x width: 224, 96x128.');
  }
  return { height: Number(height), width: Number(width) };
}

export const addDatasetOptions = (command: Command): Command =>
  addSplitOptions(
    command
      .option('--size <pixels>', "N or HxW (default: the images' own, else a usual size that most cover)", imageSize)
      .option('--channels <n>', '1 (grey) or 3 (default: 1 where all images are grey)', whole(1, 3))
      .option('--labels <file>', 'class names by label: one per line, CSV or JSON')
      .option(
        '--mean <values>',
        'mean of the pixels in [0, 1], per channel, separated by commas (default: measured)',
        numberList,
      )
      .option('--std <values>', 'standard deviation of the pixels, in the same form', numberList),
  );

/** The options that say which images a data set has, and in which part. */
export const addSplitOptions = (command: Command): Command =>
  addDeepOptions(command)
    .option(
      '--val-split <share>',
      'share of the training images for validation: stratified, by --seed; 0: none',
      fraction(0, 1),
    )
    .option('--val <path>', 'a validation set of its own')
    .option('--test <path>', 'a test set of its own')
    .option(
      '--group <column>',
      'column of the CSV, or level of folders (2: below the class), that stays on one side of a split',
    )
    .option('--bad-share <share>', 'share of the images that may be unusable (default: 0.05)', fraction(0, 1.000001))
    .option('--cache <folder>', "where decoded images are kept (default: the user's cache folder)")
    .option('--no-cache', 'keep no decoded images on the disk')
    .option(
      '--cache-memory <MB>',
      'decoded images in memory (default: a quarter of what is free, at most 2 GB)',
      fraction(0),
    );

/** What `openDataset` takes as it is given here. */
const AS_GIVEN = [
  'size',
  'trainResize',
  'channels',
  'mean',
  'std',
  'valSplit',
  'val',
  'test',
  'group',
  'seed',
  'badShare',
] as const satisfies readonly (keyof DatasetOptions & keyof OpenDatasetOptions)[];

/** The options as `openDataset` takes them. @throws ConfigError, DataError for a file of labels that cannot be read */
export async function datasetOptions(options: DatasetOptions): Promise<OpenDatasetOptions> {
  const { labels, cache, cacheMemory, dicomWindow, dicomFrame, depth } = options;
  const pictures = Object.fromEntries(
    Object.entries({ dicomWindow, dicomFrame, depth }).filter(([, value]) => value !== undefined),
  );
  const names = labels === undefined ? undefined : readClassNames(readTextFile(await readInputFile(labels), labels));
  return {
    ...Object.fromEntries(AS_GIVEN.map((name) => [name, options[name]])),
    labels: names,
    ...(Object.keys(pictures).length > 0 && { pictures }),
    cacheDir: cache === false ? false : typeof cache === 'string' ? cache : undefined,
    cacheBytes: cacheMemory === undefined ? undefined : cacheMemory * 1e6,
  };
}

/** The option of Commander's name for its value: `--val-split` of `valSplit`. */
export const flagOf = (attribute: string): string =>
  `--${attribute.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const FIELDS: ReadonlySet<string> = new Set([...AS_GIVEN, 'data', 'labels']);

/** The error under the name of the option that it is about. */
export const namedByOption = (error: unknown): unknown =>
  error instanceof ConfigError && FIELDS.has(error.field)
    ? new ConfigError(flagOf(error.field), error.value, error.problem)
    : error;

const STAGES: Readonly<Record<OpenProgress['stage'], string>> = {
  list: 'listing images',
  measure: 'measuring images',
  decode: 'decoding images',
};

/** Shows how far a data set's opening is, in one line of a terminal; elsewhere nothing. The returned object clears it. */
export function openingProgress(): { show(progress: OpenProgress): void; end(): void } {
  const { stderr } = process;
  let last = 0;
  return {
    show({ stage, done, total }) {
      const now = performance.now();
      if (!stderr.isTTY || (now - last < 100 && done !== total)) return;
      last = now;
      stderr.write(`\r\x1b[K${STAGES[stage]}${total === undefined ? '' : ` ${done}/${total}`}`);
    },
    end() {
      if (stderr.isTTY && last > 0) stderr.write('\r\x1b[K');
    },
  };
}
