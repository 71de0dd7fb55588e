// A training from its options, whatever is then done with it: the images, the network, the weights to start from, the settings.
import { type Command, Option } from 'commander';
import { parse } from '../../src/data/schema.ts';
import { HYPERPARAMETER_FIELDS } from '../../src/densenet/train/hyperparameters.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import { addDatasetOptions, datasetOptions, imageSize } from '../dataset-options.ts';
import { SMALL, shortName } from '../networks.ts';
import { whole } from '../options.ts';
import { note } from '../output.ts';
import { addWeightsOptions } from '../weights-file.ts';
import { SAMPLE } from './data.ts';
import { addHyperparameterOptions } from './hyperparameter-options.ts';
import { classesNote, type OpenedData, openTrainingData } from './opened-data.ts';
import { type NewRunOptions, networkOf, type Start, settingsOf, startOf } from './settings.ts';

/** A training that has not begun. */
export interface NewRun {
  /** The network's name. */
  readonly name: string;
  readonly settings: TrainingSettings;
  readonly data: OpenedData;
  /** The safetensors file that a fine-tuning starts from. */
  readonly start: Uint8Array | undefined;
}

/** @param isMeant which hyperparameters the command has options for; left out: all */
export function addNewRunOptions(command: Command, isMeant?: (field: string) => boolean): Command {
  return addHyperparameterOptions(addWeightsOptions(addDatasetOptions(command)), isMeant)
    .option('--data <path>', `folder of images by class, CSV, IDX, CIFAR or .npz; or ${SAMPLE}`, SAMPLE)
    .option(
      '--train-resize <pixels>',
      'resize training images to this, N or HxW, larger than --size, and train on crops of them (--random-crop)',
      imageSize,
    )
    .option('--images <n>', 'train on the first n images only', whole(1))
    .option('--model <name>', `model name (default: ${shortName(SMALL)})`)
    .option('--config <json>', 'network configuration, with the keys of tests/golden/make_golden.py')
    .option('--checkpoint <file>', 'start from the weights and the architecture of a safetensors file')
    .addOption(
      new Option(
        '--classifier <how>',
        "the checkpoint's classifier: keep or re-initialise it (default: keep, if the number of classes matches)",
      ).choices(['keep', 'reset']),
    );
}

/**
 * Opens the images and settles how they are trained on, with notes of what was chosen.
 * @throws ConfigError, DataError, WeightsError for options and files that cannot be; StorageError
 */
export async function openNewRun(options: NewRunOptions): Promise<NewRun> {
  const seed = parse(HYPERPARAMETER_FIELDS.seed, options.seed ?? 0, '--seed');
  const data = await openTrainingData(options.data, await datasetOptions({ ...options, seed }), options.images);
  try {
    return await newRunOn(data, options);
  } catch (error) {
    data.close();
    throw error;
  }
}

async function newRunOn(data: OpenedData, options: NewRunOptions): Promise<NewRun> {
  const start = await startOf(options, data);
  const network = start?.network ?? networkOf(options);
  const settings = settingsOf(network, options, data, start);
  const { mean, std } = settings.normalisation;
  for (const line of [...data.notes, ...(start?.notes ?? []), classesNote(data)]) note(line);
  note(
    `pixels: mean ${mean.map(short).join(' ')}, std ${std.map(short).join(' ')} (${normalisationSource(options, start)})`,
  );
  return { name: network.name, settings, data, start: start?.bytes };
}

const short = (value: number) => Number(value.toPrecision(6));

/** Where mean and standard deviation come from. */
function normalisationSource({ mean, std }: NewRunOptions, start: Start | undefined): string {
  const otherwise = start?.checkpoint.normalisation ? "the checkpoint's" : 'measured on the training images';
  if (mean && std) return 'as given';
  return mean || std ? `${mean ? 'mean' : 'std'} as given, the other ${otherwise}` : otherwise;
}
