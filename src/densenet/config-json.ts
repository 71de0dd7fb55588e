// Configurations as untrusted JSON: a network's, as checkpoints and run metadata hold it; and a network with how it is
// trained, as golden files and `--config` hold it. Keys are this library's; those of tests/golden/make_golden.py and of
// torchvision's DenseNet are taken as well. An unknown key, or a value of the wrong kind, is a ConfigError that names the
// key as it was written.

import { isJsonObject } from '../data/json.ts';
import { anyValue, flag, list, number, object, oneOf, optional, parse, shown, whole } from '../data/schema.ts';
import { ConfigError } from '../runtime/errors.ts';
import { BATCH_NORM_EPSILON } from '../shaders/statistics/batch-norm.ts';
import { CONFIG, CONFIG_FIELDS, checkConfig, type DenseNetConfig } from './config.ts';
import { PRECISIONS, type Precision } from './plan/feature-map.ts';
import type { LossOptions } from './train/loss-options.ts';
import { LOSS_KINDS, LOSSES, type LossKind, lossOf, lossOptionsWith } from './train/losses.ts';
import { checkOptimizer, OPTIMIZER_KINDS, type OptimizerOptions, optimizerOf } from './train/optimizers.ts';
import { PARAMETER_GROUPS, type ParameterGroups } from './train/parameter-groups.ts';

/** How a network is trained in a golden file. */
export interface GoldenTraining {
  readonly batch: number;
  readonly loss: LossKind;
  readonly lossOptions: LossOptions;
  readonly labelSmoothing: number;
  readonly groups: ParameterGroups;
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

/** Other names of a network's fields: make_golden.py's, torchvision's. */
const NETWORK_ALIASES = {
  growth: 'growthRate',
  growth_rate: 'growthRate',
  blocks: 'blockLayers',
  block_config: 'blockLayers',
  init: 'initialChannels',
  num_init_features: 'initialChannels',
  bottleneck: 'bottleneckWidth',
  bn_size: 'bottleneckWidth',
  bn_eps: 'batchNormEpsilon',
  num_classes: 'classes',
  channels: 'inputChannels',
  size: 'height',
} as const;
const TRAINING_ALIASES = {
  lr: 'learningRate',
  weight_decay: 'weightDecay',
  label_smoothing: 'labelSmoothing',
  eps: 'epsilon',
  class_weights: 'classWeights',
  pos_weight: 'posWeight',
  focal_gamma: 'focalGamma',
  focal_alpha: 'focalAlpha',
  decay_norms: 'decayNorms',
  head_lr: 'headLearningRate',
  layer_decay: 'layerDecay',
} as const;
const ALIASES: Readonly<Record<string, string>> = /* @__PURE__ */ (() => ({
  ...NETWORK_ALIASES,
  ...TRAINING_ALIASES,
}))();

/** What a key of `--config` is called here. */
export const canonicalKey = (key: string): string => (Object.hasOwn(ALIASES, key) ? (ALIASES[key] ?? key) : key);

/** The options of every optimizer, with the defaults of make_golden.py. */
const OPTIMIZER_OPTIONS = {
  momentum: optional(number(), 0.9),
  nesterov: optional(flag, true),
  betas: optional(list(number(), 2, 2), [0.9, 0.999]),
  alpha: optional(number(), 0.99),
  centered: optional(flag, false),
  epsilon: optional(number(), 1e-8),
  weightDecay: optional(number(), 1e-4),
};

const { dropout: _, ...NETWORK_FIELDS } = CONFIG_FIELDS;

/** A network and how it is trained; the defaults are those of make_golden.py. */
const GOLDEN = /* @__PURE__ */ (() =>
  object({
    stem: optional(NETWORK_FIELDS.stem, 'cifar'),
    growthRate: optional(NETWORK_FIELDS.growthRate, 12),
    blockLayers: optional(NETWORK_FIELDS.blockLayers, [2, 2, 2]),
    // As the script does: 0 and null stand for the default, twice the growth rate.
    initialChannels: optional(whole(0, 65536), 0),
    bottleneckWidth: optional(NETWORK_FIELDS.bottleneckWidth, 4),
    compression: optional(NETWORK_FIELDS.compression, 0.5),
    classes: optional(NETWORK_FIELDS.classes, 10),
    inputChannels: optional(NETWORK_FIELDS.inputChannels, 3),
    height: optional(NETWORK_FIELDS.height, 32),
    // 0 and null: the height.
    width: optional(whole(0, 16384), 0),
    batchNormEpsilon: optional(number(), BATCH_NORM_EPSILON),
    batch: optional(whole(1, 1 << 20), 4),
    loss: optional(
      oneOf([...LOSS_KINDS.map((kind) => lossOf(kind).golden), ...LOSS_KINDS]),
      LOSSES['cross-entropy'].golden,
    ),
    labelSmoothing: optional(number({ min: 0, below: 1 }), 0),
    // Those that a file leaves out are the loss's own.
    classWeights: optional(anyValue, undefined),
    posWeight: optional(anyValue, undefined),
    focalGamma: optional(anyValue, undefined),
    focalAlpha: optional(anyValue, undefined),
    // Share of the labels that are missing, of several per image.
    missing: optional(number({ min: 0, below: 1 }), 0),
    decayNorms: optional(PARAMETER_GROUPS.decayNorms, true),
    headLearningRate: optional(PARAMETER_GROUPS.headLearningRate, 1),
    layerDecay: optional(PARAMETER_GROUPS.layerDecay, 1),
    freeze: optional(PARAMETER_GROUPS.freeze, []),
    optimizer: optional(oneOf(OPTIMIZER_KINDS), 'sgd'),
    ...OPTIMIZER_OPTIONS,
    learningRate: optional(number({ min: 0 }), 0.1),
    clip: optional(number({ min: 0 }), 0),
    steps: optional(whole(0, 1 << 20), 3),
    seed: optional(whole(0, 2 ** 32 - 1), 0),
    precision: optional(oneOf(PRECISIONS), 'f32'),
  }))();

/** Keys of which null stands for a key left out. */
const NULLABLE = ['initialChannels', 'width', 'classWeights', 'posWeight'];
/** Which the script writes for every loss. */
const FOCAL_DEFAULTS = { focalGamma: 2, focalAlpha: 0.25 };

/**
 * A network and how it is trained, defaults filled in.
 * @throws ConfigError naming the key, also where the network itself is invalid
 */
export const parseGoldenConfig = (json: unknown): GoldenConfig =>
  aliased(json, (renamed) => {
    const given = isJsonObject(renamed)
      ? Object.fromEntries(Object.entries(renamed).filter(([key, value]) => value !== null || !NULLABLE.includes(key)))
      : renamed;
    const found = parse(GOLDEN, given, 'config');
    const config = checkConfig({
      stem: found.stem,
      growthRate: found.growthRate,
      blockLayers: found.blockLayers,
      initialChannels: found.initialChannels || 2 * found.growthRate,
      bottleneckWidth: found.bottleneckWidth,
      compression: found.compression,
      dropout: 0,
      classes: found.classes,
      inputChannels: found.inputChannels,
      height: found.height,
      width: found.width || found.height,
      batchNormEpsilon: found.batchNormEpsilon,
    });
    const { batch, labelSmoothing, learningRate, clip, steps, seed, precision } = found;
    const loss =
      LOSS_KINDS.find((kind) => kind === found.loss || lossOf(kind).golden === found.loss) ?? 'cross-entropy';
    const options = Object.keys(optimizerOf(found.optimizer).fields).map((name) => [name, Reflect.get(found, name)]);
    const optimizer = checkOptimizer({ kind: found.optimizer, ...Object.fromEntries(options) });
    const { classWeights, posWeight, focalGamma, focalAlpha, decayNorms, headLearningRate, layerDecay, freeze } = found;
    const own = Object.entries({ classWeights, posWeight, focalGamma, focalAlpha }).filter(
      ([name, value]) =>
        value !== undefined &&
        (Object.hasOwn(lossOf(loss).fields, name) || value !== Reflect.get(FOCAL_DEFAULTS, name)),
    );
    const lossOptions = lossOptionsWith(loss, Object.fromEntries(own));
    const groups = { decayNorms, headLearningRate, layerDecay, freeze };
    const shared = { batch, loss, lossOptions, labelSmoothing, groups, optimizer };
    return { config, training: { ...shared, learningRate, clip, steps, seed, precision } };
  });

/** A configuration as plain JSON, under its own names: what `parseConfigJson` reads. */
export const configToJson = (config: DenseNetConfig): Readonly<Record<string, unknown>> => ({
  ...config,
  blockLayers: [...config.blockLayers],
});

/**
 * A configuration from JSON; every field must be there, but a `batchNormEpsilon` that is the default.
 * @throws ConfigError naming the field
 */
export const parseConfigJson = (json: unknown): DenseNetConfig =>
  aliased(json, (renamed) => parse(CONFIG, renamed, 'config'));

/** What `read` makes of an object with its keys' names here; its errors are given the names that were written. */
function aliased<T>(json: unknown, read: (renamed: unknown) => T): T {
  if (!isJsonObject(json)) return read(json);
  const written = new Map<string, string>();
  for (const [key, value] of Object.entries(json)) {
    const name = canonicalKey(key);
    if (written.has(name))
      throw new ConfigError(String(shown(key)), shown(value), `is ${name}, which is there already`);
    written.set(name, key);
  }
  try {
    return read(Object.fromEntries([...written].map(([name, key]) => [name, json[key]])));
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    const [, field = '', rest = ''] = /^(?:optimizer\.)?(\w+)(.*)$/.exec(thrown.field) ?? [];
    const name = written.get(field);
    if (name === undefined) throw thrown;
    throw new ConfigError(`${name}${rest}`, thrown.value, thrown.problem);
  }
}
