// A data set once it is open: its parts, what is known of all of them, and what its making had to say.

import type { ImageDataset, LabelTask } from '../data/dataset.ts';
import { sizeOf } from '../data/dataset-options.ts';
import type { ImageProblem } from '../data/image-folder.ts';
import { findLeaks, type Leak, type PartName } from '../data/split.ts';
import { chosenNormalisation, type Normalisation, normalisationOf } from '../densenet/normalisation.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { DatasetKind, OpenDatasetOptions } from './dataset-options.ts';
import type { DatasetPart } from './dataset-parts.ts';

/** A data set, opened. */
export interface OpenedDataset {
  /** The images to train on. */
  readonly train: ImageDataset;
  /** Left out where there is no validation set. */
  readonly validation?: ImageDataset | undefined;
  /** Left out where there is no test set. */
  readonly test?: ImageDataset | undefined;
  /** The same, with digests. */
  readonly parts: readonly DatasetPart[];
  /** By label. */
  readonly classNames: readonly string[];
  /** Whether an image has one label, or any number. */
  readonly task: LabelTask;
  /** Of all images, as they are read: 1, or 3 for RGB. */
  readonly channels: number;
  /** Of all images, as they are read, in pixels; with `trainResize` of all but the training images. */
  readonly height: number;
  /** Of all images, as they are read, in pixels; with `trainResize` of all but the training images. */
  readonly width: number;
  /** The share of the training images that is the validation set; undefined where that is one of its own, or there is none. */
  readonly valSplit: number | undefined;
  /** Of the training images, unless it was given. */
  readonly normalisation: Normalisation;
  /** What cannot be used, and why: it was skipped. */
  readonly problems: readonly ImageProblem[];
  /** What two parts have in common, and should not. */
  readonly leaks: readonly Leak[];
  /** What was chosen, and what is worth knowing, as sentences. */
  readonly notes: readonly string[];
  /** Where it is from. */
  readonly source: {
    /** What its path holds. */
    readonly kind: DatasetKind;
    /** As it was given. */
    readonly path: string;
  };
  /** Gives files and memory back; nothing can be read any more. */
  close(): void;
}

/** What a data set is made of. */
export interface DatasetContents {
  readonly parts: readonly DatasetPart[];
  readonly classNames: readonly string[];
  readonly task: LabelTask;
  readonly problems: readonly ImageProblem[];
  readonly notes: readonly string[];
  readonly path: string;
  readonly kind: DatasetKind;
  readonly options: OpenDatasetOptions;
  readonly valSplit: number | undefined;
  close(): void;
}

/** @throws ConfigError where there are no training images, and for mean and std that do not fit them */
export async function opened({ parts, path, kind, options, ...rest }: DatasetContents): Promise<OpenedDataset> {
  const of = (part: PartName) => parts.find((own) => own.part === part);
  const train = of('train');
  if (!train)
    throw new ConfigError(
      'data',
      path,
      `has no training images that can be used: ${rest.problems[0]?.path}: ${rest.problems[0]?.problem}`,
    );
  const { channels } = train.images;
  const { height, width } =
    options.trainResize === undefined ? train.images : { ...train.images, ...sizeOf(options.size) };
  const leaks =
    parts.length < 2
      ? []
      : findLeaks(
          await Promise.all(
            parts.map(async ({ part, images, contents }) => ({
              part,
              groups: Array.from({ length: images.about ? images.count : 0 }, (_, index) => images.about?.group(index)),
              contents: await contents(),
            })),
          ),
        );
  const normalisation = await normalisationFor(train, options);
  return {
    ...rest,
    parts,
    train: train.images,
    validation: of('validation')?.images,
    test: of('test')?.images,
    channels,
    height,
    width,
    normalisation,
    leaks,
    source: { kind, path },
  };
}

async function normalisationFor({ images, totals }: DatasetPart, options: OpenDatasetOptions): Promise<Normalisation> {
  const { sums, squares } = options.mean && options.std ? { sums: [], squares: [] } : await totals();
  const measured = () => normalisationOf(sums, squares, images.count * images.height * images.width);
  return chosenNormalisation(options, measured, images.channels);
}
