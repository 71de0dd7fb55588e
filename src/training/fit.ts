// Training as one call, for programs and pages: the defaults of the command line, its exact resume, early stopping, best epoch. The
// job `train`, which the command line and the demo run, is the same training with a network of its own.

import { type ImageDataset, pixelsInOrder } from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import { areNumbers } from '../data/match-classes.ts';
import { PixelTotals, pixelSums } from '../data/pixel-sums.ts';
import { defaultOf, infoOf } from '../data/schema.ts';
import { augmentOption } from '../densenet/augment/augmenter.ts';
import { mirrorDefault } from '../densenet/augment/mirror-default.ts';
import { DenseNet } from '../densenet/model.ts';
import { type Normalisation, normalisationOf } from '../densenet/normalisation.ts';
import { type TileConfig, tileConfigRule } from '../densenet/plan/tile-config.ts';
import { AUGMENTATIONS } from '../densenet/train/augmentation.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import {
  defaultBatch,
  HYPERPARAMETER_FIELDS,
  type Hyperparameters,
  type HyperparametersInput,
  hyperparametersOf,
} from '../densenet/train/hyperparameters.ts';
import { optimizerOf, optimizerWith } from '../densenet/train/optimizers.ts';
import { bestEpoch, type EpochMetrics } from '../densenet/train/run-metadata.ts';
import { sourceOf } from '../densenet/train/source-size.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import { ConfigError } from '../runtime/errors.ts';
import { aFunction, anything, checkInstance, checkOptions, flag, type Rules } from '../runtime/options.ts';
import { type OnCompile, UNROLL, type Unroll } from '../runtime/plan-pipelines.ts';
import type { Signal } from '../runtime/signal.ts';
import { checkClasses, checkFits } from './evaluate.ts';
import type { RunEvent, RunSettings, TrainReport } from './events.ts';
import { fingerprint } from './fingerprint.ts';
import { fittingBatch } from './fitting-batch.ts';
import { resumedRun } from './state.ts';
import { Training } from './training.ts';

// A clock that every host has.
declare const performance: { now(): number };

type GivenHyperparameters = Partial<Omit<HyperparametersInput, 'config'>>;

/** What a network learns from. */
export interface FitData {
  /**
   * The images that it is trained on. They may be larger than the network's input where `augment` crops them (`randomCrop`,
   * `randomResizedCrop`).
   */
  readonly train: ImageDataset;
  /**
   * Followed after every epoch, never trained on. Of the network's own size: where training images are larger, the middle of images
   * of their size, as `openDataset` with `trainResize` makes it. Left out: nothing is validated, and no epoch is the best.
   */
  readonly validation?: ImageDataset | undefined;
}

/** Hyperparameters, of which those left out have their defaults, and how the run is followed. */
export interface FitOptions extends GivenHyperparameters, Pick<RunSettings, 'saveEvery' | 'reportLogits' | 'about'> {
  /** Told in order: progress, epochs, states (`saveEvery`). */
  readonly onEvent?: (event: RunEvent) => void;
  /** Told once, before the first step: that the batch was split, that the GPU is another than a resumed run's. */
  readonly onNote?: (note: string) => void;
  /** Ends the run after the step under way; its state is in the result. */
  readonly signal?: Pick<Signal, 'aborted'>;
  /** A run's state, to go on from (`FitResult.state`, or a `state` event). */
  readonly resume?: Uint8Array<ArrayBuffer>;
  /** Give the network the weights of its best epoch at the end, not those of the last. Default false. */
  readonly restoreBest?: boolean;
  /** Tiles that `autotune` chose; left out: the kernels' defaults. */
  readonly tileConfig?: TileConfig;
  /** As `TrainerOptions.unroll`. */
  readonly unroll?: Unroll;
  /** As `TrainerOptions.onCompile`. */
  readonly onCompile?: OnCompile;
}

const isHyperparameter = (name: string): name is keyof GivenHyperparameters =>
  Object.hasOwn(HYPERPARAMETER_FIELDS, name) && name !== 'config';

/** The hyperparameters' values are checked later, where all are known. */
const HYPERPARAMETER_RULES = /* @__PURE__ */ (() =>
  Object.fromEntries(
    Object.keys(HYPERPARAMETER_FIELDS)
      .filter(isHyperparameter)
      .map((name) => [name, anything]),
  ) as Rules<GivenHyperparameters>)();

const FIT_OPTIONS = (): Rules<FitOptions> => ({
  ...HYPERPARAMETER_RULES,
  saveEvery: anything,
  reportLogits: flag,
  about: anything,
  onEvent: aFunction,
  onNote: aFunction,
  signal: anything,
  resume: anything,
  restoreBest: flag,
  tileConfig: tileConfigRule,
  unroll: UNROLL,
  onCompile: aFunction,
});

/** What training has come to. */
export interface FitResult extends TrainReport {
  /** What each epoch came to, those of a resumed run too. */
  readonly epochs: readonly EpochMetrics[];
  /** The best epoch, counted from 0; undefined without a validation set. */
  readonly bestEpoch: number | undefined;
  /** How it was trained: what was given, and the defaults. */
  readonly hyperparameters: Hyperparameters;
  /** A safetensors file of the network after the last epoch; undefined where the run was interrupted. */
  readonly checkpoint: Uint8Array<ArrayBuffer> | undefined;
  /** A safetensors file of the network after its best epoch, where this call came to it. */
  readonly best: Uint8Array<ArrayBuffer> | undefined;
  /** The state of a run that was interrupted: a safetensors file. */
  readonly state: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Trains a network on a data set. Its weights are those at the end of the last epoch, or of the best one.
 * @throws ConfigError naming an option that cannot be, or where images and network do not fit each other; LimitError where not even
 * single images fit the GPU; DataError for a state that cannot be read, or from the data set; NotFiniteError or DenseNetError
 * ('not-finite') where training diverges; GpuError, DeviceLostError, DisposedError
 */
export async function fit(model: DenseNet, data: FitData, options: FitOptions = {}): Promise<FitResult> {
  checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
  checkOptions<FitOptions>('options of fit', options, FIT_OPTIONS());
  model.assertAlive();
  checkFits(model, { validation: data.validation });
  checkClasses(model.config, 'train', data.train);
  const { onEvent, onNote, signal = { aborted: false }, resume: file, restoreBest = false } = options;
  if (restoreBest && !data.validation)
    throw new ConfigError('restoreBest', true, 'needs a validation set; leave it out without one');
  const given = file && readTrainingState(file, 'the state to resume');
  const hyperparameters = given
    ? hyperparametersOf({ ...given.run.hyperparameters, ...stated(options) })
    : await withDefaults(model, data.train, options);
  const source = sourceOf(data.train, hyperparameters, 'train');
  const fingerprints = {
    training: await fingerprint(data.train),
    validation: data.validation ? await fingerprint(data.validation) : null,
  };
  const resume = given && { ...given, run: resumedRun(given.run, hyperparameters, fingerprints) };
  const augment = augmentOption(hyperparameters.augment, source);
  const fitting = resume
    ? { batching: {}, notes: [] }
    : fittingBatch(hyperparameters, { training: data.train, augment }, model.limits);
  let best: Uint8Array<ArrayBuffer> | undefined;
  const report = (event: RunEvent) => {
    if (event.kind === 'best') best = event.checkpoint;
    onEvent?.(event);
  };
  const { saveEvery, reportLogits, about, tileConfig, unroll, onCompile } = options;
  const settings = { ...hyperparameters, ...fitting.batching, saveEvery, reportLogits, about };
  const training = await Training.create(
    {
      model,
      settings: { ...settings, reportBest: data.validation ? 1 : 0 },
      data: { training: data.train, validation: data.validation, fingerprints },
      host: 'library',
      augment,
      tileConfig,
      unroll,
      onCompile,
      resume,
    },
    { now: () => performance.now(), report, signal },
  );
  try {
    for (const note of [...fitting.notes, ...training.notes]) onNote?.(note);
    const { report: ended, checkpoint } = await training.go();
    const { epochs, hyperparameters: used } = training.record;
    if (restoreBest && best && !ended.interrupted) model.loadStateDict(readCheckpoint(best, 'best epoch').state);
    return {
      ...ended,
      epochs,
      bestEpoch: bestEpoch(epochs),
      hyperparameters: used,
      checkpoint: ended.interrupted ? undefined : checkpoint,
      best,
      state: ended.interrupted ? checkpoint : undefined,
    };
  } finally {
    training.destroy();
  }
}

/** The hyperparameters among the options. */
const stated = (options: FitOptions): Partial<HyperparametersInput> =>
  Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== undefined && isHyperparameter(name)));

/** The hyperparameters that were given, and the command line's defaults for the others. */
async function withDefaults(model: DenseNet, train: ImageDataset, given: FitOptions): Promise<Hyperparameters> {
  const { config } = model;
  const optimizer = given.optimizer ?? optimizerWith('adamw');
  const isFineTuning = given.trainable !== undefined && given.trainable !== 'all';
  const rates = optimizerOf(optimizer.kind).learningRate;
  const defaults = Object.fromEntries(
    Object.entries(HYPERPARAMETER_FIELDS).flatMap(([name, schema]) =>
      infoOf(schema)?.default === undefined ? [] : [[name, defaultOf<unknown>(schema)]],
    ),
  );
  return hyperparametersOf({
    ...defaults,
    batch: defaultBatch(train.count),
    ...stated(given),
    config,
    optimizer,
    learningRate: given.learningRate ?? (isFineTuning ? rates.fineTune : rates.scratch),
    augment: given.augment ?? {
      mirror:
        defaultOf(AUGMENTATIONS.mirror) && mirrorDefault(areNumbers(train.classNames) ? undefined : train.classNames),
      shift: defaultOf(AUGMENTATIONS.shift),
    },
    normalisation: given.normalisation ?? (await measured(train)),
  } as HyperparametersInput);
}

/** Mean and (population) standard deviation of all pixels of a data set, per channel. @throws DataError as its `read` */
export async function measured(dataset: ImageDataset): Promise<Normalisation> {
  const { channels, height, width, count } = dataset;
  const totals = new PixelTotals(channels);
  const bytes = imageBytes(dataset);
  for await (const pixels of pixelsInOrder(dataset)) {
    for (let start = 0; start < pixels.length; start += bytes)
      totals.add(pixelSums(pixels.subarray(start, start + bytes), channels));
  }
  const { sums, squares } = totals.total;
  return normalisationOf(sums, squares, count * height * width);
}
