// The images that `evaluate` looks at: the parts of a data set, by name. A network that was trained here says how its data set was
// split, so that its validation images are those that it was not trained on.
import type { ImageDataset } from '../../src/data/dataset.ts';
import { isJsonObject } from '../../src/data/json.ts';
import { trainingRecord } from '../../src/densenet/train/checkpoint.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import { openDataset } from '../../src/node/open-dataset.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { type DatasetOptions, datasetOptions, namedByOption, openingProgress } from '../dataset-options.ts';
import { SAMPLE, SAMPLE_FOLDER } from '../training/data.ts';
import { recordedOptions } from '../training/opened-data.ts';

export const SPLITS = ['test', 'val', 'train'] as const;
export type Split = (typeof SPLITS)[number];

/** Those that a data set has. */
export type Splits = Readonly<Partial<Record<Split, ImageDataset>>>;

/** How the data set that a network was trained on was split, and as it is split otherwise. */
const SPLITTING = ['valSplit', 'val', 'test', 'group', 'seed'] as const;

/**
 * The parts of a data set, prepared as the network takes them, or views of them.
 * @param given options; those that say how it is split come before what the network's file says
 * @throws ConfigError, DataError, StorageError as `openDataset`
 */
export async function openSplits(
  path: string,
  given: DatasetOptions,
  { preprocessing, metadata }: Pick<ImportedNetwork, 'preprocessing' | 'metadata'>,
): Promise<{ readonly splits: Splits; close(): void }> {
  const progress = openingProgress();
  const own = await datasetOptions(given);
  const isSplit = SPLITTING.some((name) => own[name] !== undefined);
  const recorded = isSplit ? {} : recordedOptions(trainedOn(metadata), SPLITTING);
  try {
    const set = await openDataset(path === SAMPLE ? SAMPLE_FOLDER : path, {
      ...own,
      ...recorded,
      preprocessing,
      onProgress: progress.show,
    });
    const { train, validation, test } = set;
    return { splits: { train, ...(validation && { val: validation }), ...(test && { test }) }, close: set.close };
  } catch (error) {
    throw namedByOption(error);
  } finally {
    progress.end();
  }
}

/** What a checkpoint of `train` says of its data set; nothing where it says none. */
function trainedOn(metadata: ImportedNetwork['metadata']): object {
  const { dataset } = trainingRecord(metadata);
  return isJsonObject(dataset) ? dataset : {};
}

/** The split that is asked for; left out: the test set, else the validation set, else what there is. @throws ConfigError */
export function chooseSplit(splits: Splits, option: string, wanted?: Split) {
  const split = wanted ?? SPLITS.find((name) => splits[name]);
  const images = split && splits[split];
  if (split && images) return { split, images };
  const there = SPLITS.filter((name) => splits[name]).join(', ');
  throw new ConfigError(option, wanted ?? null, `is no split of this data set, which has ${there || 'none'}`);
}
