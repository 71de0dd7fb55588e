// The run that `train` is asked for: a new one (new-run.ts), or one that goes on, whose state has settings and data set already and
// which options may only repeat. Nothing is written here.
import type { Command } from 'commander';
import { parse } from '../../src/data/schema.ts';
import { HYPERPARAMETER_FIELDS } from '../../src/densenet/train/hyperparameters.ts';
import type { RunMetadata } from '../../src/densenet/train/run-metadata.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { checkEpochs } from '../../src/training/state.ts';
import { datasetOptions, flagOf } from '../dataset-options.ts';
import { readInputFile } from '../files.ts';
import { shortName } from '../networks.ts';
import { note } from '../output.ts';
import { HYPERPARAMETER_OPTIONS, presetOf } from './hyperparameter-options.ts';
import { openNewRun } from './new-run.ts';
import { type OpenedData, RECORDED, reopenTrainingData } from './opened-data.ts';
import type { RunToTrain } from './run-files.ts';
import type { TrainOptions } from './settings.ts';

/** A run whose images are open. */
export type OpenedRun = RunToTrain & { readonly data: OpenedData };

/** The run of the options: one that begins, or the one that `--resume` names. @throws as `openNewRun`, and as `resumedRun` */
export const openRun = (options: TrainOptions, command: Command): Promise<OpenedRun> =>
  options.resume === undefined ? openNewRun(options) : resumedRun(options.resume, options, command);

/**
 * A run that goes on from its state.
 * @throws DataError where the file holds no whole state; ConfigError where an option contradicts it, or the images cannot
 * be read
 */
async function resumedRun(file: string, options: TrainOptions, command: Command): Promise<OpenedRun> {
  const resume = await readInputFile(file);
  const { run, classNames, checked } = readTrainingState(resume, file);
  if (!checked) note(`${file} holds no SHA-256: damage to its numbers would go unnoticed`);
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  checkOptions(file, run, options, given);
  const epochs = parse(HYPERPARAMETER_FIELDS.epochs, options.epochs ?? run.hyperparameters.epochs, '--epochs');
  checkEpochs(run, epochs);
  // As many of the images as the run has; that they are the same ones is checked before the first step.
  const { cacheDir, cacheBytes, badShare } = await datasetOptions(options);
  const data = await reopenTrainingData(options.data, run, { cacheDir, cacheBytes, badShare, labels: classNames });
  return {
    name: shortName(run.hyperparameters.config),
    settings: { ...run.hyperparameters, epochs },
    data,
    resume,
    from: run,
  };
}

/** What decides how a run starts: the state has it. */
const START_OPTIONS = [
  'labels',
  'mean',
  'std',
  'preprocessing',
  'ignore',
  'batchNormEpsilon',
  // The seed is a hyperparameter, which may be repeated.
  ...RECORDED.filter((name) => name !== 'seed'),
] as const;
function checkOptions(file: string, run: RunMetadata, options: TrainOptions, given: (name: string) => boolean): void {
  for (const name of ['model', 'config', 'checkpoint', 'autotune', 'classifier', ...START_OPTIONS] as const) {
    if (given(name))
      throw new ConfigError(
        flagOf(name),
        Reflect.get(options, name),
        `cannot be combined with --resume: ${file} has it already`,
      );
  }
  const has = (option: string, value: unknown, own: unknown) => {
    if (value === undefined || JSON.stringify(value) === JSON.stringify(own)) return;
    throw new ConfigError(option, value, `contradicts the run in ${file}, which has ${own ?? 'none'}; leave it out`);
  };
  has('--images', options.images, run.data.training.count);
  has('--keep', options.keep, keptBy(run));
  const preset = presetOf(options);
  for (const { flag: name, attribute, field, of } of HYPERPARAMETER_OPTIONS) {
    // Of the epochs there may be more.
    if (field === 'epochs') continue;
    has(name, options[attribute], of(run.hyperparameters));
    if (options[attribute] === undefined && Object.hasOwn(preset, field))
      has(`--augment ${options.augment}: ${field}`, preset[field], of(run.hyperparameters));
  }
}

/** Best epochs whose networks a run keeps: its state says so. */
export const keptBy = ({ about }: RunMetadata): number => (typeof about.keep === 'number' ? about.keep : 0);
