// How a network is trained: everything that decides the bits of a run beside its images. One record of fields says each of
// them once; from it come the type, the JSON in states and model cards, the options of `densenet train` and their help, the
// check of a run that is resumed, and the limits of forms.

import { isJsonObject } from '../../data/json.ts';
import {
  anyValue,
  checked,
  defaultOf,
  type Fields,
  field,
  flag,
  type Input,
  list,
  number,
  type Output,
  object,
  oneOf,
  optional,
  parse,
  type Schema,
  shown,
  text,
  transformed,
  whole,
} from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { configToJson, parseConfigJson } from '../config-json.ts';
import { buildNetwork } from '../network.ts';
import { normalisationTable } from '../normalisation.ts';
import { PRECISIONS } from '../plan/feature-map.ts';
import { type Trainable, trainableRange } from '../plan/scope.ts';
import { AUGMENTATION, type AugmentationInput, checkMixing, othersOn } from './augmentation.ts';
import type { Schedule } from './learning-rates.ts';
import { classNumbers, type LossOptions } from './loss-options.ts';
import { LOSS_KINDS, lossOf, lossOptionsWith } from './losses.ts';
import { OPTIMIZER } from './optimizers.ts';
import { multipliersOf, NO_GROUPS, PARAMETER_GROUP_SCHEMA } from './parameter-groups.ts';
import { isOpenSchedule, makeSchedule, SCHEDULE_NAMES, scheduleSettings } from './schedules.ts';
import { NO_AVERAGE, WEIGHT_AVERAGE_SCHEMA } from './weight-average.ts';

const isTrainable = (part: string): part is Trainable =>
  part === 'all' || part === 'classifier' || part === 'last-block' || /^from-block-\d{1,2}$/.test(part);

/** A part of a network by name; whether a network has it, the network decides. */
const TRAINABLE: Schema<Trainable> = transformed(text(), (part) => {
  if (isTrainable(part)) return part;
  throw new ConfigError('trainable', part, 'must be all, last-block, classifier or from-block-N');
});

/** Options of another field's choice; they are checked with that (`HYPERPARAMETERS`). */
/* @__NO_SIDE_EFFECTS__ */
const record = (name: string): Schema<Readonly<Record<string, unknown>>> =>
  transformed(anyValue, (json) => {
    if (isJsonObject(json)) return json;
    throw new ConfigError(name, shown(json), 'must be a JSON object');
  });
const LOSS_OPTIONS: Schema<LossOptions> = record('lossOptions');

/** Training images below which a batch is small by default: larger ones leave an epoch too few updates to learn from. */
const FEW_IMAGES = 1000;
const SMALL_BATCH = 16;

export const HYPERPARAMETER_FIELDS = {
  /** The network. */
  config: transformed(anyValue, parseConfigJson),
  /** Passes over the training images. */
  epochs: field(whole(1, 1e9), {
    help: 'passes over the training images',
    unit: 'epochs',
    option: '--epochs <n>',
    default: 5,
  }),
  /** Epochs in a row without a lower validation loss that end the run (Keras' EarlyStopping and its patience); 0: none do. */
  earlyStop: field(optional(whole(0, 1e9), 0), {
    help: 'stop after so many epochs in a row without a lower validation loss; 0: never',
    unit: 'epochs',
    option: '--early-stop <patience>',
    default: 0,
  }),
  /** Images per micro-batch: what one submit works on. */
  batch: field(whole(1, 2 ** 31), {
    help: 'images per batch; 16 for fewer than 1,000 training images',
    unit: 'images',
    option: '--batch <n>',
    default: 50,
  }),
  /** Micro-batches per update, whose gradients are averaged. */
  accumulate: field(whole(1, 2 ** 31), { help: 'batches per update', option: '--accumulate <n>', default: 1 }),
  /**
   * Leave out the images that make no whole update at the end of an epoch (PyTorch's DataLoader and its drop_last). Runs from before
   * this was a choice did.
   */
  dropLast: field(optional(flag, true), {
    help: 'leave out the last images of an epoch where they make no whole batch',
    option: '--drop-last',
    default: false,
  }),
  /** The optimizer and its options. */
  optimizer: OPTIMIZER,
  /** Peak learning rate. */
  learningRate: field(number({ above: 0 }), { help: 'peak learning rate', option: '--lr <rate>' }),
  /** How the learning rate falls after warm-up. */
  schedule: field(oneOf(SCHEDULE_NAMES), {
    help: 'schedule of the learning rate',
    option: '--schedule <name>',
    default: 'cosine',
  }),
  /** Epochs, also parts of one, in which the learning rate rises. */
  warmup: field(number({ min: 0 }), {
    help: 'epochs in which the learning rate rises',
    unit: 'epochs',
    option: '--warmup <epochs>',
    default: 0,
  }),
  /** Largest global norm of the gradient; 0: no clipping. */
  clip: field(number({ min: 0 }), {
    help: 'clip the gradient to this global norm; 0: no clipping',
    option: '--clip <norm>',
    default: 0,
  }),
  /** The schedule's own options, by its row in SCHEDULES. */
  scheduleOptions: optional(record('scheduleOptions'), {}),
  /** What training minimises. */
  loss: field(optional(oneOf(LOSS_KINDS), 'cross-entropy'), {
    help: 'what training minimises',
    option: '--loss <name>',
    default: 'cross-entropy',
  }),
  /** The loss's own options, by its row in LOSSES. */
  lossOptions: optional(LOSS_OPTIONS, {}),
  /** Of the softmax cross-entropy, as PyTorch defines it. */
  labelSmoothing: field(number({ min: 0, below: 1 }), {
    help: 'label smoothing of the cross-entropy',
    option: '--label-smoothing <s>',
    default: 0,
  }),
  /** Recompute bottleneck outputs in backward instead of keeping them (gradient checkpointing); the bits are the same. */
  recompute: field(flag, {
    help: 'recompute activations in backward (gradient checkpointing): less memory, the same result',
    option: '--recompute',
    default: false,
  }),
  /** Multipliers of learning rate and weight decay, and parameters that are frozen by name. */
  groups: optional(PARAMETER_GROUP_SCHEMA, NO_GROUPS),
  /** The exponential moving average of the weights. */
  average: optional(WEIGHT_AVERAGE_SCHEMA, NO_AVERAGE),
  /** How features are stored, in training and validation. */
  precision: field(oneOf(PRECISIONS), {
    help: 'how features are stored',
    option: '--precision <format>',
    default: 'f32',
  }),
  /** What happens to the training images on the GPU. */
  augment: AUGMENTATION,
  /** Of the initial parameters, the order of the images, dropout and augmentation. */
  seed: field(whole(0, 2 ** 32 - 1), {
    help: 'seed of the initial weights, the order of the images, dropout and augmentation',
    option: '--seed <n>',
    default: 0,
  }),
  /** Mean and standard deviation of the pixels in [0, 1], one number per channel. */
  normalisation: object({
    /** Of pixels in [0, 1], one per channel. */
    mean: list(number()),
    /** Of pixels in [0, 1], one per channel. */
    std: list(number()),
  }),
  /** What is trained; the rest is frozen, its batch norms in evaluation mode. */
  trainable: field(TRAINABLE, {
    help: 'train only a part: classifier, last-block or from-block-N; the rest is frozen',
    option: '--fine-tune <part>',
    default: 'all',
  }),
} as const satisfies Fields;

/**
 * How a network is trained: everything that decides the bits of a run beside its images. Plain JSON.
 * @interface
 */
export type Hyperparameters = Output<typeof HYPERPARAMETER_FIELDS>;
/** Hyperparameters as they may be given: what is optional may be left out. */
export type HyperparametersInput = Omit<Input<typeof HYPERPARAMETER_FIELDS>, 'augment'> & {
  /** What happens to the training images on the GPU. */
  readonly augment: AugmentationInput;
};

/** Images per batch where nobody says: of few images small ones, so that an epoch has updates enough. */
export const defaultBatch = (images: number): number =>
  images < FEW_IMAGES ? SMALL_BATCH : defaultOf<number>(HYPERPARAMETER_FIELDS.batch);

/** The names of the fields, in their order. */
const NAMES = /* @__PURE__ */ Object.keys(HYPERPARAMETER_FIELDS);

const COMPLETED: Schema<Hyperparameters> = transformed(object(HYPERPARAMETER_FIELDS), (found) => ({
  ...found,
  scheduleOptions: scheduleSettings(found.schedule, found.scheduleOptions),
  lossOptions: lossOptionsWith(found.loss, found.lossOptions),
}));

/** Hyperparameters, with checks across fields; the options of schedule and loss are all there. */
export const HYPERPARAMETERS: Schema<Hyperparameters> = checked(COMPLETED, (found) => {
  const { config, normalisation, trainable, warmup, epochs, loss, labelSmoothing, groups, average } = found;
  normalisationTable(normalisation, config.inputChannels);
  const network = buildNetwork(config);
  multipliersOf(network, trainableRange(network, trainable), groups);
  if (labelSmoothing > 0 && !lossOf(loss).smooths)
    throw new ConfigError('labelSmoothing', labelSmoothing, `is for loss cross-entropy, not ${loss}; leave it out`);
  checkMixing(found.augment, loss);
  if (!isBalanced(found.lossOptions)) classNumbers(found.lossOptions, config.classes);
  if (average.decayWarmup && average.decay === 0)
    throw new ConfigError('average.decayWarmup', true, 'is for averaged weights: give a decay above 0');
  if (warmup >= epochs) throw new ConfigError('warmup', warmup, `must be below the ${epochs} epochs`);
  // Whatever the images will be: what the schedule refuses, it refuses for any number of updates.
  scheduleOf(found, 2 ** 20);
});

/** @throws ConfigError naming the field; every field must be there that is not optional */
export const parseHyperparameters = (json: unknown): Hyperparameters => parse(HYPERPARAMETERS, json, 'hyperparameters');

/** The hyperparameters alone, of something that has more. @throws ConfigError as `parseHyperparameters` */
export const hyperparametersOf = (from: HyperparametersInput): Hyperparameters =>
  parseHyperparameters(
    Object.fromEntries(NAMES.flatMap((name) => (Object.hasOwn(from, name) ? [[name, Reflect.get(from, name)]] : []))),
  );

/** As JSON: what `parseHyperparameters` reads. */
export const hyperparametersToJson = (hyperparameters: HyperparametersInput) => ({
  ...hyperparametersOf(hyperparameters),
  /** The network. */
  config: configToJson(hyperparameters.config),
});

/** Whether a weight of the loss depends on the training labels (`withBalanced`). */
const isBalanced = ({ classWeights, posWeight }: LossOptions): boolean =>
  classWeights === 'balanced' || posWeight === 'balanced';

/** What fields that 0.1.0 did not have mean where they are left out. */
const LATER: Readonly<Record<string, unknown>> = {
  dropLast: true,
  scheduleOptions: {},
  loss: 'cross-entropy',
  lossOptions: {},
  groups: NO_GROUPS,
  average: NO_AVERAGE,
};

/** As JSON without those of the later fields that are as if left out: the same whichever version a training is of. */
export function identifyingJson(hyperparameters: HyperparametersInput): Readonly<Record<string, unknown>> {
  const json = hyperparametersToJson(hyperparameters);
  const plain = hyperparametersToJson({ ...hyperparameters, ...LATER });
  const { mirror, shift } = json.augment;
  const augment = { mirror, shift, ...Object.fromEntries(othersOn(json.augment)) };
  const said = Object.entries({ ...json, augment }).filter(
    ([name, value]) => !Object.hasOwn(LATER, name) || !isSameJson(value, Reflect.get(plain, name)),
  );
  return Object.fromEntries(said);
}

const isSameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether a run may be given more epochs without any of its learning rates being another. */
export const isOpenEnded = ({ schedule, scheduleOptions }: HyperparametersInput): boolean =>
  isOpenSchedule(schedule, scheduleSettings(schedule, scheduleOptions));

/**
 * The learning rate of a run with so many updates per epoch.
 * @param epochs those that are over, asked at each step: plateau goes by their validation losses
 * @throws ConfigError as makeSchedule
 */
export function scheduleOf(
  hyperparameters: HyperparametersInput,
  updates: number,
  epochs: () => readonly { readonly validationLoss: number | null }[] = () => [],
): Schedule {
  const { schedule: name, scheduleOptions: settings = {}, learningRate: rate, epochs: count, warmup } = hyperparameters;
  return makeSchedule({
    name,
    rate,
    settings,
    total: updates * count,
    warmup: Math.round(warmup * updates),
    updatesPerEpoch: updates,
    losses: () => epochs().flatMap(({ validationLoss }) => validationLoss ?? []),
  });
}
