// What a training can learn from: the bundled sample, a folder of class folders, images collected here, files of a data set. Only
// numbers and names until `images` makes pixels of them, at the size and with the channels of the network to be trained.

import { permutation } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import type { JsonValue } from '../../src/data/json.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';

/** The size of a network's input; grey has one channel, colour three. */
export interface InputSize {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

export interface ClassCount {
  readonly name: string;
  readonly training: number;
  readonly validation: number;
}

export type TrainingSetKind = 'sample' | 'folder' | 'collected' | 'files';

/** A finished choice of data: it does not change any more. Two sets with the same `id` give the same images. */
export interface TrainingSet {
  readonly kind: TrainingSetKind;
  readonly id: string;
  /** For people: of a folder, its name. */
  readonly name: string;
  /** In the order of the labels; at least two. */
  readonly classes: readonly ClassCount[];
  /** Images of one size, which a network has to take as they are; undefined for images that are resized to any. */
  readonly size: InputSize | undefined;
  /** Bytes in memory of all images at this size. */
  bytes(size: InputSize): number;
  /**
   * Decodes, resizes and splits; Images that turn out to be broken are left out and named.
   * @throws DataError, ConfigError where too little is left to learn from, where all of it is more than MAX_SET_BYTES,
   * and the signal's reason when it is aborted
   */
  images(size: InputSize, options?: MakeOptions): Promise<MadeImages>;
  /** What a run's record says of its data. */
  record(): JsonValue;
}

export interface MakeOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface MadeImages {
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  /** Mean and standard deviation of all training pixels, a channel. */
  readonly normalisation: Normalisation;
  /** Files that were left out, with the reason. */
  readonly bad: readonly { readonly name: string; readonly reason: string }[];
}

/** More than this, as bytes of pixels, is refused: the page, the worker and the GPU's feed hold it at once. */
export const MAX_SET_BYTES = 768 * 2 ** 20;

export const trainingCount = ({ classes }: Pick<TrainingSet, 'classes'>): number =>
  classes.reduce((sum, { training }) => sum + training, 0);

export const validationCount = ({ classes }: Pick<TrainingSet, 'classes'>): number =>
  classes.reduce((sum, { validation }) => sum + validation, 0);

/** Bytes of `count` images. */
export const imagesBytes = (count: number, { channels, height, width }: InputSize): number =>
  count * channels * height * width;

/** How many images of each class two sets of the same classes have. */
export function countClasses(training: LabelledImages, validation: LabelledImages): ClassCount[] {
  const count = (labels: Int32Array, label: number) => labels.reduce((sum, l) => sum + (l === label ? 1 : 0), 0);
  return training.classNames.map((name, label) => ({
    name,
    training: count(training.labels, label),
    validation: count(validation.labels, label),
  }));
}

// Which images are the validation set of a training: a fifth of every class, at least one, chosen by a seed. The same images in the
// same order always give the same split, so that a resumed run is evaluated on images it was never trained on.

const VALIDATION_SHARE = 0.2;
const SEED = 1;

/** How many of a class's `count` images are for validation: of a single one, none. */
export const validationOf = (count: number): number =>
  count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.round(VALIDATION_SHARE * count)));

/** For a class's `count` images, whether each is for validation. `label` keeps classes of one size from being split alike. */
export function splitValidation(count: number, label: number): boolean[] {
  const chosen = new Set(permutation(count, SEED, label).subarray(0, validationOf(count)));
  return Array.from({ length: count }, (_, index) => chosen.has(index));
}
