// A trainer's options, what it is given at each step, and the checks of both.

import { bySchema } from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import {
  aFunction,
  aNumber,
  anObject,
  anything,
  atLeast,
  BATCH,
  checkOptions,
  flag,
  must,
  oneOf,
  type Rules,
  required,
  SEED,
} from '../../runtime/options.ts';
import { type OnCompile, UNROLL, type Unroll } from '../../runtime/plan-pipelines.ts';
import type { DenseNetConfig } from '../config.ts';
import { checkArray, checkImages } from '../images.ts';
import type { Normalisation } from '../normalisation.ts';
import type { Augmenter } from '../plan/augmenter.ts';
import { PRECISIONS, type Precision } from '../plan/feature-map.ts';
import type { Trainable } from '../plan/scope.ts';
import { type TileConfig, tileConfigRule } from '../plan/tile-config.ts';
import { BASIC_AUGMENTATION, type BasicAugmentation } from './basic-augmentation.ts';
import type { Schedule } from './learning-rates.ts';
import type { LossOptions } from './loss-options.ts';
import { LOSS_KINDS, type LossKind, lossOf, lossOptionsWith } from './losses.ts';
import { checkOptimizer, type OptimizerOptions } from './optimizers.ts';
import { PARAMETER_GROUP_SCHEMA, type ParameterGroups } from './parameter-groups.ts';
import { WEIGHT_AVERAGE_SCHEMA, type WeightAverage } from './weight-average.ts';

/** What a `Trainer` is compiled for, and how it steps. */
export interface TrainerOptions {
  /** Images of a micro-batch: what one submit works on. */
  readonly batch: number;
  /**
   * Images of a smaller micro-batch that a step may end with: what is left over at the end of an epoch. Its memory is lent by the
   * larger one's. Left out: every micro-batch has `batch` images.
   */
  readonly lastBatch?: number | undefined;
  /** `SGD`, `ADAMW`, or options of your own. */
  readonly optimizer: OptimizerOptions;
  /** Learning rate at each step. */
  readonly schedule: Schedule;
  /** Default 'cross-entropy'. */
  readonly loss?: LossKind;
  /** Class weights, positive weights and focal loss's numbers, where the loss has them. 'balanced' must be numbers here. */
  readonly lossOptions?: LossOptions;
  /** Of the softmax cross-entropy, as PyTorch defines it. Default 0. */
  readonly labelSmoothing?: number;
  /** Largest global norm of the gradient; 0 (default): no clipping. */
  readonly clip?: number;
  /** Keep less and compute it again in backward; results are the same bit for bit. */
  readonly recompute?: boolean;
  /**
   * Also take the gradient at the input (`Trainer.gradients`); needs all of the network to be trained. Default false.
   */
  readonly inputGradient?: boolean;
  /** What training changes; the rest runs in evaluation mode and keeps every bit. Default 'all'. */
  readonly trainable?: Trainable;
  /**
   * Multipliers of learning rate and weight decay, and parameters frozen by name: they keep every bit, as with PyTorch's
   * `requires_grad = False`, while the statistics of their batch norms go on moving. Default: all parameters alike.
   */
  readonly groups?: ParameterGroups;
  /** Also keep an exponential moving average of the weights (`averagedStateDict`, `withAverage`). Default: none. */
  readonly average?: WeightAverage;
  /** 'f16-storage': features as f16, half of their memory; everything else stays float32. Default 'f32'. */
  readonly precision?: Precision;
  /** Given: images are bytes, normalised on the GPU. Left out: they are float32. */
  readonly normalisation?: Normalisation;
  /**
   * Of byte images: mirror half of them, shift each by up to so many pixels; or all that an `augmenter` can do.
   */
  readonly augment?: BasicAugmentation | Augmenter;
  /** Seed of dropout and augmentation. Default 0. */
  readonly seed?: number;
  /** Tiles that `autotune` chose; left out: the kernels' defaults. */
  readonly tileConfig?: TileConfig;
  /** As `InferenceOptions.unroll`. */
  readonly unroll?: Unroll;
  /** As `InferenceOptions.onCompile`. */
  readonly onCompile?: OnCompile;
}

/** Images NCHW, and labels: class numbers, or (binary cross-entropy) [N][classes] of 0, 1 and NaN for missing. */
export interface Batch {
  /** [N][C][H][W]: normalised float32, or bytes where the option `normalisation` is given. */
  readonly images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  /** [N] class numbers from 0 (-1: none), or [N][classes] of 0 to 1. */
  readonly labels: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

/** What a step came to. */
export interface StepResult {
  /** Counted from 0. */
  readonly step: number;
  /** Mean over the step's images, before the update. */
  readonly loss: number;
  /** Images whose largest logit is their label's. */
  readonly correct: number;
  /** The learning rate that it used. */
  readonly learningRate: number;
}

const TRAINER_OPTIONS = {
  batch: required(BATCH),
  lastBatch: BATCH,
  optimizer: required(anObject),
  schedule: required(aFunction),
  loss: oneOf(...LOSS_KINDS),
  lossOptions: anObject, // its loss checks it
  labelSmoothing: aNumber((value) => value >= 0 && value < 1, 'must lie in [0, 1)'),
  clip: atLeast(0),
  recompute: flag,
  inputGradient: flag,
  trainable: must((value) => typeof value === 'string', 'must be all, last-block, classifier or from-block-N'),
  groups: bySchema(PARAMETER_GROUP_SCHEMA),
  average: bySchema(WEIGHT_AVERAGE_SCHEMA),
  precision: oneOf(...PRECISIONS),
  normalisation: anything, // normalisationTable checks it against the network
  augment: (field, value) => void (isAugmenter(value) || bySchema(BASIC_AUGMENTATION)(field, value)),
  seed: SEED,
  tileConfig: tileConfigRule,
  unroll: UNROLL,
  onCompile: aFunction,
} satisfies Rules<TrainerOptions>;

/** Whether an augmentation is an augmenter's. */
export const isAugmenter = (given: unknown): given is Augmenter =>
  typeof given === 'object' && given !== null && 'draw' in given && 'record' in given;

/** The size of the images that a step is given. */
export const givenSize = (config: DenseNetConfig, { augment }: TrainerOptions): DenseNetConfig =>
  isAugmenter(augment) ? { ...config, ...augment.source } : config;

const BATCH_FIELDS = { images: anything, labels: anything } satisfies Rules<Batch>;

/**
 * The options, a copy of the caller's object.
 * @throws ConfigError naming the option
 */
export function checkedOptions(given: TrainerOptions): TrainerOptions {
  checkOptions<TrainerOptions>('options of Trainer', given, TRAINER_OPTIONS);
  const lossOptions = lossOptionsWith(given.loss ?? 'cross-entropy', given.lossOptions);
  const options: TrainerOptions = { ...given, lossOptions, optimizer: { ...given.optimizer } };
  const { optimizer, loss, labelSmoothing = 0, augment, normalisation, batch, lastBatch } = options;
  checkOptimizer(optimizer);
  if (lastBatch !== undefined && lastBatch >= batch)
    throw new ConfigError('lastBatch', lastBatch, `must be below batch, ${batch}; leave it out where none is smaller`);
  if (labelSmoothing > 0 && loss !== undefined && !lossOf(loss).smooths)
    throw new ConfigError('labelSmoothing', labelSmoothing, "is for loss 'cross-entropy'; leave it out");
  if (augment && !normalisation)
    throw new ConfigError('augment', augment, 'is for byte images, which need the option normalisation; leave it out');
  return augment && !isAugmenter(augment) ? { ...options, augment: { ...augment } } : options;
}

/** The micro-batches of a step, each checked. @throws ConfigError where one is not what the options ask for */
export function checkedBatches(config: DenseNetConfig, options: TrainerOptions, given: unknown): readonly Batch[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new ConfigError('batches', given, 'must be a batch { images, labels }, or several');
  return list.map((batch, i) => {
    const isLast = i === list.length - 1;
    return checkBatch(config, options, batch, list.length > 1 ? `[${i}]` : '', isLast);
  });
}

/** How many images of a size a checked batch has. */
export const imagesOf = ({ images }: Batch, { inputChannels, height, width }: DenseNetConfig): number =>
  images.length / (inputChannels * height * width);

/**
 * @param place which of several micro-batches, for messages
 * @param isLast the step's last, which alone may have `lastBatch` images
 */
function checkBatch(
  config: DenseNetConfig,
  options: TrainerOptions,
  batch: unknown,
  place: string,
  isLast: boolean,
): Batch {
  checkOptions<Batch>(`batch${place}`, batch, BATCH_FIELDS);
  const { images, labels } = batch;
  const { normalisation, loss, lastBatch } = options;
  const size = givenSize(config, options);
  const isShort = isLast && lastBatch !== undefined && imagesOf(batch, size) === lastBatch;
  const count = isShort ? lastBatch : options.batch;
  checkImages(`images${place}`, images, normalisation ? 'Uint8Array' : 'Float32Array', count, size);
  checkLabels(`labels${place}`, labels, loss, count, config.classes);
  return batch;
}

function checkLabels(
  field: string,
  labels: unknown,
  kind: LossKind = 'cross-entropy',
  count: number,
  classes: number,
): void {
  const loss = lossOf(kind);
  const length = count * loss.labelsPerImage(classes);
  checkArray(field, labels, loss.labels, length, loss.expected(count, classes));
  loss.check(field, labels, classes);
}

/** How one step differs from the others. */
export interface StepOptions {
  /** Instead of the schedule's. */
  readonly learningRate?: number;
}

const STEP_OPTIONS = { learningRate: anything } satisfies Rules<StepOptions>;

/** The learning rate of a step. @throws ConfigError where that is no number that a step can use */
export function rateOf({ schedule }: TrainerOptions, step: number, given: StepOptions = {}): number {
  checkOptions<StepOptions>('options of step', given, STEP_OPTIONS);
  const { learningRate } = given;
  const rate: unknown = learningRate ?? schedule(step);
  // The GPU's numbers are float32, in which a larger one is infinite.
  if (typeof rate !== 'number' || !(rate >= 0) || !Number.isFinite(Math.fround(rate)))
    throw new ConfigError(
      learningRate === undefined ? 'schedule' : 'learningRate',
      rate,
      `is its learning rate at step ${step}; it must be a finite number, 0 or more`,
    );
  return rate;
}
