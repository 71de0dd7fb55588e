// What a command trains; and a run that goes on: what its state file says it is, and whether the options say anything else.
import type { Command } from 'commander';
import type { Recipe } from '../src/densenet/training/recipe.ts';
import type { RunRecord } from '../src/densenet/training/run-record.ts';
import { readTrainingState } from '../src/densenet/training/training-state.ts';
import { fingerprint, sha256 } from '../src/hosts/fingerprint.ts';
import { trainingId } from '../src/hosts/jobs/train-details.ts';
import { checkEpochs } from '../src/hosts/jobs/train-resume.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import { readInputFile } from './input-file.ts';
import { shortName } from './network-choice.ts';
import { note } from './output.ts';
import type { TrainOptions } from './train-settings.ts';
import { readTrainingData, type TrainingData } from './training-data.ts';
import type { TrainingSettings } from './training-run.ts';

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
  readonly from?: RunRecord;
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
  const epochs = given('epochs') ? options.epochs : run.recipe.epochs;
  checkEpochs(run, epochs);
  // As many of the images as the run has; that they are the same ones is checked before the first step.
  const data = await readTrainingData(options.data, run.data.training.count, classNames);
  return { name: shortName(run.recipe.config), settings: { ...run.recipe, epochs }, data, resume, from: run };
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
  if (from) return { id: await trainingId({ ...from, recipe: settings }), updates };
  const prints = { training: await fingerprint(data.training), heldOut: await fingerprint(data.heldOut) };
  const about = start ? { start: await sha256(start) } : {};
  return { id: await trainingId({ recipe: settings, data: prints, about }), updates };
}

/** What decides how a run starts: the state has it. */
const START_OPTIONS = ['labels', 'mean', 'std', 'preprocessing', 'ignore', 'batchNormEpsilon'] as const;
type StartOption = (typeof START_OPTIONS)[number];

type RecipeOption = Exclude<
  keyof TrainOptions,
  'data' | 'out' | 'overwrite' | 'json' | 'state' | 'saveEvery' | 'resume' | 'epochs'
>;

/** What the run has, by the option that would say it. */
const RUN_HAS: Readonly<
  Record<
    Exclude<RecipeOption, 'model' | 'config' | 'checkpoint' | 'tune' | 'classifier' | StartOption>,
    (run: RunRecord) => unknown
  >
> = {
  batch: ({ recipe }) => recipe.batch,
  accumulate: ({ recipe }) => recipe.accumulate,
  lr: ({ recipe }) => recipe.learningRate,
  optimizer: ({ recipe }) => recipe.optimizer.kind,
  schedule: ({ recipe }) => recipe.schedule,
  warmup: ({ recipe }) => recipe.warmup,
  weightDecay: ({ recipe }) => recipe.optimizer.weightDecay,
  momentum: ({ recipe }) => momentumOf(recipe),
  clip: ({ recipe }) => recipe.clip,
  labelSmoothing: ({ recipe }) => recipe.labelSmoothing,
  dropout: ({ recipe }) => recipe.config.dropout,
  recompute: ({ recipe }) => recipe.recompute,
  precision: ({ recipe }) => recipe.precision ?? 'f32',
  mirror: ({ recipe }) => recipe.mirror,
  shift: ({ recipe }) => recipe.shift,
  seed: ({ recipe }) => recipe.seed,
  fineTune: ({ recipe }) => recipe.trainable ?? 'all',
  images: ({ data }) => data.training.count,
};

const momentumOf = ({ optimizer }: Recipe): number | null => (optimizer.kind === 'sgd' ? optimizer.momentum : null);

function checkOptions(file: string, run: RunRecord, options: TrainOptions, given: (name: string) => boolean): void {
  for (const name of ['model', 'config', 'checkpoint', 'tune', 'classifier', ...START_OPTIONS] as const) {
    if (given(name))
      throw new ConfigError(flag(name), options[name], `stands beside --resume: ${file} says it already`);
  }
  for (const [name, has] of Object.entries(RUN_HAS)) {
    const value = options[name as keyof typeof RUN_HAS];
    if (!given(name) || value === has(run)) continue;
    throw new ConfigError(
      flag(name),
      value,
      `contradicts the run in ${file}, which has ${has(run) ?? 'none'}; leave it out`,
    );
  }
}

const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
