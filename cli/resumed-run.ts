// What a command trains; and a run that goes on: what its state file says it is, and whether the options say anything else.
import type { Command } from 'commander';
import { parse } from '../src/data/schema.ts';
import { HYPERPARAMETER_FIELDS } from '../src/densenet/train/hyperparameters.ts';
import type { RunMetadata } from '../src/densenet/train/run-metadata.ts';
import { readTrainingState } from '../src/densenet/train/training-state.ts';
import { checkEpochs, fingerprint, sha256, trainingId } from '../src/jobs/train-state.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { readInputFile } from './files.ts';
import { shortName } from './networks.ts';
import { note } from './output.ts';
import { readTrainingData, type TrainingData } from './training/data.ts';
import { HYPERPARAMETER_OPTIONS } from './training/hyperparameter-options.ts';
import type { TrainingSettings } from './training/run.ts';
import type { TrainOptions } from './training/settings.ts';

export interface RunToTrain {
  /** For people: the network. */
  readonly name: string;
  readonly settings: TrainingSettings;
  readonly data: TrainingData;
  /** The checkpoint's bytes, where it starts from one. */
  readonly start?: Uint8Array | undefined;
  /** The state file's bytes, where it goes on from one. */
  readonly resume?: Uint8Array | undefined;
  /** Of a run that goes on: where it stands. */
  readonly from?: RunMetadata;
}

/**
 * @throws DataError where the file holds no whole state; ConfigError where an option contradicts it, or the images cannot
 * be read
 */
export async function resumedRun(file: string, options: TrainOptions, command: Command): Promise<RunToTrain> {
  const resume = await readInputFile(file);
  const { run, classNames, checked } = readTrainingState(resume, file);
  if (!checked) note(`${file} has no SHA-256 of its own: damage of its numbers would not be noticed`);
  const given = (name: string) => command.getOptionValueSource(name) === 'cli';
  checkOptions(file, run, options, given);
  const epochs = parse(HYPERPARAMETER_FIELDS.epochs, options.epochs ?? run.hyperparameters.epochs, '--epochs');
  checkEpochs(run, epochs);
  // As many of the images as the run has; that they are the same ones is checked before the first step.
  const data = await readTrainingData(options.data, run.data.training.count, classNames);
  return {
    name: shortName(run.hyperparameters.config),
    settings: { ...run.hyperparameters, epochs },
    data,
    resume,
    from: run,
  };
}

/** Which training a run is, and its updates at the end. */
export async function trainingOf({
  settings,
  data,
  start,
  from,
}: Omit<RunToTrain, 'name'>): Promise<{ id: string; updates: number }> {
  const { batch, accumulate, epochs } = settings;
  const updates = epochs * Math.floor(data.training.count / (batch * accumulate));
  if (from) return { id: await trainingId({ ...from, hyperparameters: settings }), updates };
  const prints = { training: await fingerprint(data.training), validation: await fingerprint(data.validation) };
  const about = start ? { start: await sha256(start) } : {};
  return { id: await trainingId({ hyperparameters: settings, data: prints, about }), updates };
}

/** What decides how a run starts: the state has it. */
const START_OPTIONS = ['labels', 'mean', 'std', 'preprocessing', 'ignore', 'batchNormEpsilon'] as const;
function checkOptions(file: string, run: RunMetadata, options: TrainOptions, given: (name: string) => boolean): void {
  for (const name of ['model', 'config', 'checkpoint', 'autotune', 'classifier', ...START_OPTIONS] as const) {
    if (given(name))
      throw new ConfigError(flag(name), options[name], `stands beside --resume: ${file} says it already`);
  }
  const has = (option: string, value: unknown, own: unknown) => {
    if (value === undefined || value === own) return;
    throw new ConfigError(option, value, `contradicts the run in ${file}, which has ${own ?? 'none'}; leave it out`);
  };
  has('--images', options.images, run.data.training.count);
  for (const { flag: name, attribute, field, of } of HYPERPARAMETER_OPTIONS) {
    // Of the epochs there may be more.
    if (field !== 'epochs') has(name, options[attribute], of(run.hyperparameters));
  }
}

const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
