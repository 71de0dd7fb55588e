// The images that `train` learns from: any data set that `openDataset` opens, or the sample that comes along. Validation images are a
// set of their own or a share of the training images, so that test images choose nothing. How the set was opened is recorded in
// the run's state: a resumed run has the same images from the same path.

import { resolve } from 'node:path';
import { type ImageDataset, isInMemory, subset } from '../../src/data/dataset.ts';
import { imageBytes, type LabelledImages } from '../../src/data/idx.ts';
import type { JsonValue } from '../../src/data/json.ts';
import { areNumbers } from '../../src/data/match-classes.ts';
import type { MapSize } from '../../src/densenet/config.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';
import type { RunMetadata } from '../../src/densenet/train/run-metadata.ts';
import type { StreamedImages } from '../../src/jobs/train-request.ts';
import type { OpenDatasetOptions } from '../../src/node/dataset-options.ts';
import { openDataset } from '../../src/node/open-dataset.ts';
import type { OpenedDataset } from '../../src/node/opened-dataset.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { fingerprint } from '../../src/training/fingerprint.ts';
import { percent, thousands } from '../../ui/number-text.ts';
import { namedByOption, openingProgress } from '../dataset-options.ts';
import { SAMPLE, SAMPLE_FOLDER, shortList, type TrainingData } from './data.ts';

/** The share of the training images that is the validation set where nothing else is. */
export const VALIDATION_SHARE = 0.1;

/** A data set that is trained on. */
export interface OpenedData extends TrainingData {
  /** Of the network's input: that of the training images, unless those are larger (`--train-resize`). */
  readonly input: MapSize;
  /** Of the training images, unless it was given. */
  readonly normalisation: Normalisation;
  /** Where the class names come from; 'numbers': there are none. */
  readonly named: 'labels' | 'data set' | 'numbers';
  /** How it was opened, for the run's state. */
  readonly record: Readonly<Record<string, JsonValue>>;
  /** What was chosen, left out or found, as sentences. */
  readonly notes: readonly string[];
  close(): void;
}

/** What decides which images a data set has, and in which part: a state has it. */
export const RECORDED = [
  'size',
  'trainResize',
  'channels',
  'valSplit',
  'val',
  'test',
  'group',
  'seed',
  'pictures',
] as const;

/**
 * @param images train on the first n images only
 * @throws as `openDataset`
 */
export async function openTrainingData(path: string, given: OpenDatasetOptions, images?: number): Promise<OpenedData> {
  const progress = openingProgress();
  const absolute = (file: string | undefined) => (file === undefined ? undefined : resolve(file));
  const { valSplit, ...rest } = given;
  const options = { ...rest, val: absolute(given.val), test: absolute(given.test) };
  try {
    const set = await openDataset(path === SAMPLE ? SAMPLE_FOLDER : path, {
      ...options,
      // A share of 0 is none.
      ...(valSplit === undefined ? { defaultValSplit: VALIDATION_SHARE } : valSplit > 0 ? { valSplit } : {}),
      onProgress: progress.show,
    });
    return await openedData(set, { ...options, valSplit: set.valSplit ?? valSplit }, images);
  } catch (error) {
    throw namedByOption(error);
  } finally {
    progress.end();
  }
}

/** The images of a run that goes on. @throws as `openDataset`; ConfigError where a record cannot be used */
export async function reopenTrainingData(
  path: string,
  { about, data }: Pick<RunMetadata, 'about' | 'data'>,
  given: OpenDatasetOptions,
): Promise<OpenedData> {
  const record = about.dataset;
  if (typeof record === 'object' && record !== null)
    // A record without a share had none.
    return openTrainingData(path, { ...given, valSplit: 0, ...recordedOptions(record) }, data.training.count);
  // Runs from before a share of the training images was split off were validated on the test images.
  const old = await openTrainingData(path, { ...given, valSplit: 0 }, data.training.count);
  return { ...old, validation: old.validation ?? old.test, test: undefined };
}

/** The options that a state or a checkpoint says its data set was opened with; `openDataset` checks them. */
export const recordedOptions = (
  record: object,
  names: readonly (typeof RECORDED)[number][] = RECORDED,
): OpenDatasetOptions =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value: unknown = Reflect.get(record, name);
      // A share of 0 is none.
      return value === undefined || value === 0 ? [] : [[name, value]];
    }),
  );

async function openedData(
  set: OpenedDataset,
  options: OpenDatasetOptions,
  images: number | undefined,
): Promise<OpenedData> {
  // Of the images that a run is recorded by: a digest reads all of them.
  const withDigest = async (dataset: ImageDataset) => {
    const print = await set.parts.find((part) => part.images === dataset)?.fingerprint();
    return { ...dataset, sha256: print?.pixels };
  };
  const isShort = images !== undefined && images < set.train.count;
  const training = isShort
    ? subset(
        set.train,
        Uint32Array.from({ length: images }, (_, i) => i),
      )
    : await withDigest(set.train);
  const validation = set.validation && (await withDigest(set.validation));
  const record = Object.fromEntries(
    RECORDED.flatMap((name): [string, JsonValue][] => {
      const value = name === 'size' ? { height: set.height, width: set.width } : options[name];
      return value === undefined ? [] : [[name, typeof value === 'object' ? { ...value } : value]];
    }),
  );
  const split =
    options.valSplit !== undefined && options.valSplit > 0 && validation
      ? [`${percent(options.valSplit)} of the images are the validation set: ${thousands(validation.count)}`]
      : [];
  const { test } = set;
  return {
    training,
    ...(validation && { validation }),
    ...(test && { test }),
    input: { height: set.height, width: set.width },
    normalisation: set.normalisation,
    named: options.labels ? 'labels' : areNumbers(set.classNames) ? 'numbers' : 'data set',
    record: { ...record, channels: set.channels },
    notes: [...set.notes, ...split, ...problemNotes(set)],
    close: set.close,
  };
}

const SHOWN = 3;

function problemNotes({ problems, leaks }: OpenedDataset): string[] {
  const shown = problems.slice(0, SHOWN).map(({ path, problem }) => `${path} is left out: ${problem}`);
  if (problems.length > SHOWN)
    shown.push(`${problems.length - SHOWN} more files are left out (densenet data lists them)`);
  return [
    ...shown,
    ...(leaks.length > 0
      ? [`${thousands(leaks.length)} images or groups are on both sides of a split (densenet data lists them)`]
      : []),
  ];
}

/** The classes, and what a user should know of them, as a sentence. */
export function classesNote({ training, named }: Pick<OpenedData, 'training' | 'named'>): string {
  const { classNames, labels } = training;
  const seen = new Set(labels);
  const unseen = labels instanceof Int32Array ? [...classNames.keys()].filter((label) => !seen.has(label)) : [];
  const called = (label: number) => (named === 'numbers' ? String(label) : `${label} (${classNames[label]})`);
  const without =
    unseen.length === 0
      ? ''
      : `; no training images of class ${unseen.slice(0, 8).map(called).join(', ')}${unseen.length > 8 ? ' …' : ''}`;
  const count = `${classNames.length} ${classNames.length === 1 ? 'class' : 'classes'}`;
  if (named !== 'numbers') return `${count}: ${shortList(classNames)}${without}`;
  return `${count}, without names${without}`;
}

/** Bytes of images that go to the host at once; larger sets are asked for batch by batch. */
const WHOLE_BYTES = 256e6;

/** A data set as a request carries it. @throws DataError as its `read` */
export async function requestImages(dataset: ImageDataset): Promise<LabelledImages | StreamedImages> {
  const { count, channels, height, width, classNames, labels } = dataset;
  const info = { count, channels, height, width, classNames };
  const bytes = count * imageBytes(dataset);
  if (labels instanceof Int32Array && bytes <= WHOLE_BYTES) {
    if (isInMemory(dataset)) return { ...info, labels, pixels: dataset.pixels };
    const pixels = new Uint8Array(bytes);
    await dataset.read(
      Uint32Array.from({ length: count }, (_, i) => i),
      pixels,
    );
    return { ...info, labels, pixels };
  }
  return { ...info, labels, sha256: dataset.sha256 ?? (await fingerprint(dataset)).pixels };
}

/** Replies to a host that asks for images. */
export const replyWithImages =
  ({ training, validation }: TrainingData) =>
  async ({ part, indices }: { readonly part: 'training' | 'validation'; readonly indices: Uint32Array }) => {
    const dataset = part === 'training' ? training : validation;
    if (!dataset) throw new ConfigError('part', part, 'is asked for, and this training has none');
    const pixels = new Uint8Array(indices.length * imageBytes(dataset));
    await dataset.read(indices, pixels);
    return pixels;
  };
