// The images that `evaluate` looks at: the splits of a data set, by name.
import { type ImageDataset, inMemory } from '../../src/data/dataset.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { readTrainingData } from '../training/data.ts';

export const SPLITS = ['test', 'val', 'train'] as const;
export type Split = (typeof SPLITS)[number];

/** Those that a data set has. */
export type Splits = Readonly<Partial<Record<Split, ImageDataset>>>;

/** @throws ConfigError, DataError as `readTrainingData` */
export async function readSplits(data: string): Promise<Splits> {
  const { training, validation } = await readTrainingData(data);
  return { train: inMemory(training), test: inMemory(validation) };
}

/** The split that is asked for; left out: the test set, else the validation set, else what there is. @throws ConfigError */
export function chooseSplit(splits: Splits, option: string, wanted?: Split) {
  const split = wanted ?? SPLITS.find((name) => splits[name]);
  const images = split && splits[split];
  if (split && images) return { split, images };
  const there = SPLITS.filter((name) => splits[name]).join(', ');
  throw new ConfigError(option, wanted ?? null, `is no split of this data set, which has ${there || 'none'}`);
}
