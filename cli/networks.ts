// Which network a command is about: a model by name, `--config` with a configuration's JSON, or one of two small networks for
// 28 x 28 images, which a newcomer's machine trains in minutes. Both were measured on the Fashion-MNIST sample.
import { FASHION_MNIST_NORMALIZATION } from '../src/data/fashion-mnist.ts';
import { type JsonValue, readJson } from '../src/data/json.ts';
import type { DenseNetConfig } from '../src/densenet/config.ts';
import { canonicalKey, type GoldenTraining, parseGoldenConfig } from '../src/densenet/config-json.ts';
import { preset } from '../src/densenet/presets.ts';
import { stemOf } from '../src/densenet/stems.ts';
import { NO_AUGMENTATION } from '../src/densenet/train/augmentation.ts';
import { SGD } from '../src/densenet/train/optimizers.ts';
import type { TrainingSettings } from '../src/jobs/train-request.ts';
import { ConfigError } from '../src/runtime/errors.ts';

export interface NetworkChoice {
  /** The model's name, or the configuration in short. */
  readonly name: string;
  readonly config: DenseNetConfig;
  /** What --config says of training. */
  readonly training?: GoldenTraining;
  /** The names of the fields that --config gives; all others are defaults. */
  readonly given: ReadonlySet<string>;
}

/** @throws ConfigError if both or neither are given, or if the network is impossible */
export function chooseNetwork(model: string | undefined, json: string | undefined): NetworkChoice {
  if (model !== undefined && json !== undefined) {
    throw new ConfigError(
      '--config',
      json.slice(0, 60),
      `cannot be combined with the model ${model}: give one of the two`,
    );
  }
  if (model !== undefined) return { name: model, config: preset(model), given: new Set() };
  if (json === undefined) throw new ConfigError('model', null, 'is missing: name a model, or give --config JSON');
  const parsed = parse(json);
  const { config, training } = parseGoldenConfig(parsed);
  return { name: shortName(config), config, training, given: new Set(Object.keys(Object(parsed)).map(canonicalKey)) };
}

/** @throws ConfigError if the text is not JSON; parseGoldenConfig checks what it holds */
function parse(json: string): JsonValue {
  const error = (_at: number, problem: string) => new ConfigError('--config', json, problem);
  return readJson(json, '--config', { error }).value;
}

/** A configuration in a few words: `growth 8, blocks 3 3`. */
export function shortName({
  growthRate,
  blockLayers,
  bottleneckWidth,
  stem,
  batchNormEpsilon,
}: DenseNetConfig): string {
  const plain = bottleneckWidth === 0 ? ', no bottleneck' : '';
  const epsilon = batchNormEpsilon === undefined ? '' : `, batch-norm epsilon ${batchNormEpsilon}`;
  return `growth ${growthRate}, blocks ${blockLayers.join(' ')}${plain}, ${stemOf(stem).label} stem${epsilon}`;
}

/** 13,978 parameters and half a million multiply-adds per image, a third of them in the stem. */
export const SMALL: DenseNetConfig = {
  stem: 'imagenet',
  growthRate: 8,
  blockLayers: [2, 2],
  initialChannels: 16,
  bottleneckWidth: 4,
  compression: 0.5,
  dropout: 0,
  classes: 10,
  inputChannels: 1,
  height: 28,
  width: 28,
};

/** Forty times the arithmetic: the stem leaves the maps at 28 x 28. */
const LARGER: DenseNetConfig = {
  ...SMALL,
  stem: 'cifar',
  growthRate: 12,
  blockLayers: [3, 3, 3],
  initialChannels: 24,
};

const SETTINGS = {
  batch: 40,
  accumulate: 1,
  optimizer: { ...SGD, weightDecay: 5e-4 },
  learningRate: 0.2,
  schedule: 'cosine',
  warmup: 0.3,
  clip: 0,
  labelSmoothing: 0,
  recompute: false,
  precision: 'f32',
  seed: 0,
  trainable: 'all',
  normalisation: FASHION_MNIST_NORMALIZATION,
} as const;

/**
 * What `npm start` trains. In software on the CPU it classifies 84.3% of the validation set correctly (PyTorch with the same settings:
 * 82.7% to 85.1% over five seeds) and trains in 75 s on two cores with SwiftShader (25 November 2026); on a GPU a
 * larger network learns for longer.
 */
export const quickStart = (software: boolean): TrainingSettings =>
  software
    ? { ...SETTINGS, config: SMALL, epochs: 4, augment: NO_AUGMENTATION }
    : { ...SETTINGS, config: LARGER, epochs: 10, augment: { mirror: true, shift: 1 } };
