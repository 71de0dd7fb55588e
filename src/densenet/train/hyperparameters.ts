// How a network is trained, as names and numbers: everything that decides the bits of a run beside its images, so that
// a run can be written down and taken up again. No closures: a schedule is its name and its rate.

import { ConfigError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import { configToJson, parseConfigJson } from '../config-json.ts';
import { JsonObject, shown } from '../json-object.ts';
import { buildNetwork } from '../network.ts';
import { type Normalisation, normalisationTable } from '../normalisation.ts';
import { PRECISIONS, type Precision } from '../plan/precision.ts';
import { type Trainable, trainableRange } from '../trainable-range.ts';
import { checkOptimizer, type OptimizerOptions } from './optimizers.ts';
import { makeSchedule, type Schedule, type ScheduleName } from './schedules.ts';

/** How a network is trained: everything that decides a run's bits beside its images. Plain JSON. */
export type Hyperparameters = {
  /** The network. */
  readonly config: DenseNetConfig;
  /** Passes over the training images. */
  readonly epochs: number;
  /** Images of a micro-batch, and micro-batches of an update. */
  readonly batch: number;
  /** Micro-batches per update. */
  readonly accumulate: number;
  /** The optimizer and its options. */
  readonly optimizer: OptimizerOptions;
  /** The highest learning rate, after warm-up. */
  readonly learningRate: number;
  /** How the learning rate falls. */
  readonly schedule: ScheduleName;
  /** Epochs, also parts of one, in which the rate rises. */
  readonly warmup: number;
  /** Largest global norm of the gradient; 0: no clipping. */
  readonly clip: number;
  /** In [0, 1). */
  readonly labelSmoothing: number;
  /** Whether bottleneck outputs are computed again in backward (gradient checkpointing). */
  readonly recompute: boolean;
  /** How features are stored, in training and for the held-out images; default 'f32'. */
  readonly precision?: Precision;
  /** Augmentation: mirror half of the images. */
  readonly mirror: boolean;
  /** Augmentation: shift each image by up to this many pixels. */
  readonly shift: number;
  /** Of the initial parameters, the order of the images, dropout and augmentation. */
  readonly seed: number;
  /** How pixels are normalised. */
  readonly normalisation: Normalisation;
  /** What training changes; default 'all'. */
  readonly trainable?: Trainable;
};

const KEYS = [
  ...['config', 'epochs', 'batch', 'accumulate', 'optimizer', 'learningRate', 'schedule', 'warmup', 'clip'],
  ...['labelSmoothing', 'recompute', 'precision', 'mirror', 'shift', 'seed', 'normalisation', 'trainable'],
] as const satisfies readonly (keyof Hyperparameters)[];

/** The fields of a recipe alone, of something that has more. */
export function hyperparametersOf(from: Hyperparameters): Hyperparameters {
  const { config, epochs, batch, accumulate, optimizer, learningRate, schedule, warmup, clip, ...rest } = from;
  const { labelSmoothing, recompute, precision = 'f32', mirror, shift, seed, normalisation, trainable = 'all' } = rest;
  return {
    ...{ config, epochs, batch, accumulate, optimizer, learningRate, schedule, warmup, clip },
    ...{ labelSmoothing, recompute, precision, mirror, shift, seed, normalisation, trainable },
  };
}

/** The learning rate of a run with so many updates an epoch. @throws ConfigError as makeSchedule */
export function scheduleOf(hyperparameters: Hyperparameters, updates: number): Schedule {
  const { schedule: name, learningRate: rate, epochs, warmup } = hyperparameters;
  return makeSchedule({ name, rate, total: updates * epochs, warmup: Math.round(warmup * updates) });
}

/** As JSON: what `parseHyperparameters` reads. */
export const hyperparametersToJson = (hyperparameters: Hyperparameters) => ({
  ...hyperparametersOf(hyperparameters),
  /** The network. */
  config: configToJson(hyperparameters.config),
});

/**
 * A recipe from JSON; every field must be there.
 * @throws ConfigError naming the field
 */
export function parseHyperparameters(json: unknown): Hyperparameters {
  const object = new JsonObject('hyperparameters', json, KEYS).require(KEYS);
  const config = parseConfigJson(object.get('config'));
  const hyperparameters: Hyperparameters = {
    config,
    epochs: object.whole('epochs', 0, 1, 1e9),
    batch: object.whole('batch', 0, 1, 2 ** 31),
    accumulate: object.whole('accumulate', 0, 1, 2 ** 31),
    optimizer: parseOptimizer(object.get('optimizer')),
    learningRate: object.number('learningRate', 0, (v) => v > 0, 'must be above 0'),
    schedule: object.choice('schedule', 'cosine', ['constant', 'step', 'cosine']),
    warmup: object.number('warmup', 0, (v) => v >= 0, 'must be 0 or more'),
    clip: object.number('clip', 0, (v) => v >= 0, 'must be 0 or more'),
    labelSmoothing: object.number('labelSmoothing', 0, (v) => v >= 0 && v < 1, 'must lie in [0, 1)'),
    recompute: object.flag('recompute', false),
    precision: object.choice('precision', 'f32', PRECISIONS),
    mirror: object.flag('mirror', false),
    shift: object.whole('shift', 0, 0, 2 ** 31),
    seed: object.whole('seed', 0, 0, 2 ** 32 - 1),
    normalisation: parseNormalisation(object.get('normalisation'), config.inputChannels),
    trainable: parseTrainable(object.text('trainable', 'all'), config),
  };
  if (hyperparameters.warmup >= hyperparameters.epochs)
    throw new ConfigError('warmup', hyperparameters.warmup, 'must be below the epochs');
  return hyperparameters;
}

function parseOptimizer(json: unknown): OptimizerOptions {
  const all = ['kind', 'momentum', 'nesterov', 'betas', 'epsilon', 'weightDecay'];
  const object = new JsonObject('optimizer', json, all).require(['kind', 'weightDecay']);
  const weightDecay = object.number('weightDecay', 0);
  if (object.choice('kind', 'sgd', ['sgd', 'adamw']) === 'sgd') {
    object.require(['momentum', 'nesterov']);
    const [momentum, nesterov] = [object.number('momentum', 0), object.flag('nesterov', false)];
    return checkOptimizer({ kind: 'sgd', momentum, nesterov, weightDecay });
  }
  const [first, second, ...more] = object.require(['betas', 'epsilon']).list('betas', []);
  if (first === undefined || second === undefined || more.length > 0) {
    throw new ConfigError('betas', shown(object.get('betas')), 'must be two numbers');
  }
  return checkOptimizer({ kind: 'adamw', betas: [first, second], epsilon: object.number('epsilon', 0), weightDecay });
}

/** @throws ConfigError for another number of channels, or a deviation that is not above 0 */
function parseNormalisation(json: unknown, channels: number): Normalisation {
  const object = new JsonObject('normalisation', json, ['mean', 'std']).require(['mean', 'std']);
  const normalisation = { mean: object.list('mean', []), std: object.list('std', []) };
  normalisationTable(normalisation, channels);
  return normalisation;
}

/** @throws ConfigError for a part that the network does not have */
function parseTrainable(part: string, config: DenseNetConfig): Trainable {
  trainableRange(buildNetwork(config), part as Trainable);
  return part as Trainable;
}
