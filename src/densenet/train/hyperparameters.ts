// How a network is trained: everything that decides the bits of a run beside its images. One record of fields says each of
// them once; from it come the type, the JSON in states and model cards, the options of `densenet train` and their help, the
// check of a run that is resumed, and the limits of forms.

import {
  anyValue,
  checked,
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
import { AUGMENTATION, type AugmentationInput } from './augmentation.ts';
import { OPTIMIZER } from './optimizers.ts';
import { makeSchedule, SCHEDULE_NAMES, type Schedule } from './schedules.ts';

const isTrainable = (part: string): part is Trainable =>
  part === 'all' || part === 'classifier' || part === 'last-block' || /^from-block-\d{1,2}$/.test(part);

/** A part of a network by name; whether a network has it, the network decides. */
const TRAINABLE: Schema<Trainable> = transformed(text(), (part) => {
  if (isTrainable(part)) return part;
  throw new ConfigError('trainable', part, 'must be all, last-block, classifier or from-block-N');
});

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
  batch: field(whole(1, 2 ** 31), { help: 'images per batch', unit: 'images', option: '--batch <n>', default: 50 }),
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

/** The names of the fields, in their order. */
const NAMES = Object.keys(HYPERPARAMETER_FIELDS);

/** Hyperparameters, with checks across fields. */
export const HYPERPARAMETERS: Schema<Hyperparameters> = checked(object(HYPERPARAMETER_FIELDS), (found) => {
  const { config, normalisation, trainable, warmup, epochs } = found;
  normalisationTable(normalisation, config.inputChannels);
  trainableRange(buildNetwork(config), trainable);
  if (warmup >= epochs) throw new ConfigError('warmup', warmup, `must be below the ${epochs} epochs`);
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

/** The learning rate of a run with so many updates per epoch. @throws ConfigError as makeSchedule */
export function scheduleOf(hyperparameters: HyperparametersInput, updates: number): Schedule {
  const { schedule: name, learningRate: rate, epochs, warmup } = hyperparameters;
  return makeSchedule({ name, rate, total: updates * epochs, warmup: Math.round(warmup * updates) });
}
