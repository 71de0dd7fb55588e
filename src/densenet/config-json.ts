// Configurations as untrusted JSON: what golden files and `--config` hold (the keys and defaults of
// tests/golden/make_golden.py), and what checkpoints hold (DenseNetConfig's own names). Every key is checked by name;
// an unknown one, or a value of the wrong type, is a ConfigError that names it as it was written.

import { ConfigError } from '../runtime/errors.ts';
import { BATCH_NORM_EPSILON } from '../shaders/statistics/batch-norm.ts';
import { checkConfig, type DenseNetConfig } from './config.ts';
import { JsonObject, shown } from './json-object.ts';
import { PRECISIONS, type Precision } from './plan/precision.ts';
import type { LossKind } from './plan/training.ts';
import { checkOptimizer, type OptimizerOptions } from './train/optimizers.ts';

/** How a golden file was trained. */
export interface GoldenTraining {
  readonly batch: number;
  readonly loss: LossKind;
  readonly labelSmoothing: number;
  readonly optimizer: OptimizerOptions;
  readonly learningRate: number;
  /** Largest global norm of the gradient; 0: no clipping. */
  readonly clip: number;
  readonly steps: number;
  readonly seed: number;
  /** How features were stored where the file was made. */
  readonly precision: Precision;
}

export interface GoldenConfig {
  readonly config: DenseNetConfig;
  readonly training: GoldenTraining;
}

const GOLDEN_KEYS = [
  'stem',
  'growth',
  'blocks',
  'init',
  'bottleneck',
  'compression',
  'classes',
  'channels',
  'size',
  'width',
  'bn_eps',
  'batch',
  'seed',
  'steps',
  'lr',
  'momentum',
  'nesterov',
  'weight_decay',
  'loss',
  'label_smoothing',
  'optimizer',
  'betas',
  'eps',
  'clip',
  'precision',
];

/** The golden's keys of the configuration's fields, where they differ. */
const GOLDEN_NAMES: Readonly<Record<string, string>> = {
  growthRate: 'growth',
  blockLayers: 'blocks',
  initialChannels: 'init',
  bottleneckWidth: 'bottleneck',
  inputChannels: 'channels',
  height: 'size',
  weightDecay: 'weight_decay',
  epsilon: 'eps',
  batchNormEpsilon: 'bn_eps',
};

/**
 * A golden file's configuration, defaults filled in.
 * @throws ConfigError naming the key, also where the network itself is invalid
 */
export function parseGoldenConfig(json: unknown): GoldenConfig {
  const object = new JsonObject('config', json, GOLDEN_KEYS, ['init', 'width']);
  return renaming(GOLDEN_NAMES, () => {
    const growth = object.whole('growth', 12, 1, 4096);
    const size = object.whole('size', 32, 1, 16384);
    const config = checkConfig({
      stem: object.choice('stem', 'cifar', ['cifar', 'imagenet']),
      growthRate: growth,
      blockLayers: object.list('blocks', [2, 2, 2]),
      // As in the script, 0 and null stand for the default.
      initialChannels: object.whole('init', 0, 0, 65536) || 2 * growth,
      bottleneckWidth: object.whole('bottleneck', 4, 0, 64),
      compression: object.number('compression', 0.5),
      dropout: 0,
      classes: object.whole('classes', 10, 1, 65536),
      inputChannels: object.whole('channels', 3, 1, 1024),
      height: size,
      width: object.whole('width', 0, 0, 16384) || size,
      batchNormEpsilon: object.number('bn_eps', BATCH_NORM_EPSILON),
    });
    return { config, training: parseTraining(object) };
  });
}

function parseTraining(object: JsonObject): GoldenTraining {
  const loss = object.choice('loss', 'ce', ['ce', 'bce']);
  return {
    batch: object.whole('batch', 4, 1, 1 << 20),
    loss: loss === 'ce' ? 'cross-entropy' : 'binary-cross-entropy',
    labelSmoothing: object.number('label_smoothing', 0, (v) => v >= 0 && v < 1, 'must lie in [0, 1)'),
    optimizer: checkOptimizer(parseOptimizer(object)),
    learningRate: object.number('lr', 0.1, (v) => v >= 0, 'must be 0 or more'),
    clip: object.number('clip', 0, (v) => v >= 0, 'must be 0 or more'),
    steps: object.whole('steps', 3, 0, 1 << 20),
    seed: object.whole('seed', 0, 0, 2 ** 32 - 1),
    precision: object.choice('precision', 'f32', PRECISIONS),
  };
}

/** Every key is read, whichever optimizer it is for, so that every wrong value is an error. */
function parseOptimizer(object: JsonObject): OptimizerOptions {
  const weightDecay = object.number('weight_decay', 1e-4);
  const momentum = object.number('momentum', 0.9);
  const nesterov = object.flag('nesterov', true);
  const [beta1, beta2, ...more] = object.list('betas', [0.9, 0.999]);
  const epsilon = object.number('eps', 1e-8);
  if (beta1 === undefined || beta2 === undefined || more.length > 0) {
    throw new ConfigError('betas', shown(object.get('betas')), 'must be two numbers');
  }
  return object.choice('optimizer', 'sgd', ['sgd', 'adamw']) === 'sgd'
    ? { kind: 'sgd', momentum, nesterov, weightDecay }
    : { kind: 'adamw', betas: [beta1, beta2], epsilon, weightDecay };
}

/** A configuration as plain JSON, with its own names: what `parseConfigJson` reads. */
export const configToJson = (config: DenseNetConfig): Readonly<Record<string, unknown>> => ({
  ...config,
  blockLayers: [...config.blockLayers],
});

const REQUIRED_KEYS: readonly (keyof DenseNetConfig)[] = [
  'stem',
  'growthRate',
  'blockLayers',
  'initialChannels',
  'bottleneckWidth',
  'compression',
  'dropout',
  'classes',
  'inputChannels',
  'height',
  'width',
];

/**
 * A configuration from JSON with its own names; every field must be there except a `batchNormEpsilon` that is the default.
 * @throws ConfigError naming the field
 */
export function parseConfigJson(json: unknown): DenseNetConfig {
  const object = new JsonObject('config', json, [...REQUIRED_KEYS, 'batchNormEpsilon']).require(REQUIRED_KEYS);
  return checkConfig({
    stem: object.choice('stem', 'cifar', ['cifar', 'imagenet']),
    growthRate: object.number('growthRate', 0),
    blockLayers: object.list('blockLayers', []),
    initialChannels: object.number('initialChannels', 0),
    bottleneckWidth: object.number('bottleneckWidth', 0),
    compression: object.number('compression', 0),
    dropout: object.number('dropout', 0),
    classes: object.number('classes', 0),
    inputChannels: object.number('inputChannels', 0),
    height: object.number('height', 0),
    width: object.number('width', 0),
    batchNormEpsilon: object.number('batchNormEpsilon', BATCH_NORM_EPSILON),
  });
}

/** Errors of `make` about a field name it as it was written. */
function renaming<T>(names: Readonly<Record<string, string>>, make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    const [, field = '', rest = ''] = /^(\w+)(.*)$/.exec(thrown.field) ?? [];
    const name = Object.hasOwn(names, field) ? names[field] : undefined;
    if (name === undefined) throw thrown;
    throw new ConfigError(`${name}${rest}`, thrown.value, thrown.problem);
  }
}
