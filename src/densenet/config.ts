// What a DenseNet is, as options, and which options can be. Pure; names are the paper's (Huang et al., 1608.06993).

import { ConfigError } from '../runtime/errors.ts';
import { anything, checkOptions, type Rules } from '../runtime/options.ts';
import { BATCH_NORM_EPSILON } from '../shaders/statistics/batch-norm.ts';

/** A DenseNet's architecture (Huang et al., 1608.06993, sections 3 and 4; tables 1 and 2). */
export interface DenseNetConfig {
  /** 'imagenet': 7x7 stride-2 convolution, BN, ReLU, 3x3 stride-2 max pooling; 'cifar': one 3x3 convolution. */
  readonly stem: 'imagenet' | 'cifar';
  /** Growth rate k: channels that each layer adds. */
  readonly growthRate: number;
  /** Layers of each dense block. */
  readonly blockLayers: readonly number[];
  /** Channels after the stem. */
  readonly initialChannels: number;
  /** A bottleneck's 1x1 convolution makes this many times growthRate channels; 0: no bottleneck (plain layers). */
  readonly bottleneckWidth: number;
  /** Compression theta: a transition keeps floor(theta * channels). */
  readonly compression: number;
  /** Probability of dropout in training, after each convolution but the first (paper, section 3); 0: none. */
  readonly dropout: number;
  /**
   * What every batch norm adds to the variance ahead of the square root. Default 1e-5, PyTorch's; Keras's DenseNets have
   * 1.001e-5.
   */
  readonly batchNormEpsilon?: number;
  /** Number of classes: length of the logits. */
  readonly classes: number;
  /** Channels of the input: 3 for RGB, 1 for grey. */
  readonly inputChannels: number;
  /** Height and width of the input, in pixels. */
  readonly height: number;
  /** Width of the input, in pixels. */
  readonly width: number;
}

/** Size of a feature map. */
export interface MapSize {
  /** In pixels of the map. */
  readonly height: number;
  /** In pixels of the map. */
  readonly width: number;
}

const LARGEST = 1 << 20;
export const MOST_CLASSES = 65536;

function whole(field: string, value: unknown, least: number, most = LARGEST): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new ConfigError(field, value, `must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function fraction(field: string, value: unknown, low: number, high: number, open: 'low' | 'high'): number {
  const inside =
    typeof value === 'number' && (open === 'low' ? value > low && value <= high : value >= low && value < high);
  if (!inside)
    throw new ConfigError(field, value, `must lie in ${open === 'low' ? `(${low}, ${high}]` : `[${low}, ${high})`}`);
  return value;
}

/** The fields' names; `checkConfig` has more to say of their values. */
const FIELDS = {
  stem: anything,
  growthRate: anything,
  blockLayers: anything,
  initialChannels: anything,
  bottleneckWidth: anything,
  compression: anything,
  dropout: anything,
  classes: anything,
  inputChannels: anything,
  height: anything,
  width: anything,
  batchNormEpsilon: anything,
} satisfies Rules<DenseNetConfig>;

/**
 * The configuration, checked field by field and frozen.
 * @throws ConfigError naming the field and its value
 */
export function checkConfig(config: DenseNetConfig): DenseNetConfig {
  checkOptions<DenseNetConfig>('fields of a DenseNet configuration', config, FIELDS);
  const { stem, blockLayers } = config;
  if (stem !== 'imagenet' && stem !== 'cifar') throw new ConfigError('stem', stem, "must be 'imagenet' or 'cifar'");
  if (!Array.isArray(blockLayers) || blockLayers.length === 0 || blockLayers.length > 16) {
    throw new ConfigError('blockLayers', blockLayers, 'must list the layers of 1 to 16 dense blocks');
  }
  const checked: DenseNetConfig = {
    stem,
    growthRate: whole('growthRate', config.growthRate, 1, 4096),
    blockLayers: blockLayers.map((n, i) => whole(`blockLayers[${i}]`, n, 1, 1024)),
    initialChannels: whole('initialChannels', config.initialChannels, 1, 65536),
    bottleneckWidth: whole('bottleneckWidth', config.bottleneckWidth, 0, 64),
    compression: fraction('compression', config.compression, 0, 1, 'low'),
    dropout: fraction('dropout', config.dropout, 0, 1, 'high'),
    classes: whole('classes', config.classes, 1, MOST_CLASSES),
    inputChannels: whole('inputChannels', config.inputChannels, 1, 1024),
    height: whole('height', config.height, 1, 16384),
    width: whole('width', config.width, 1, 16384),
    ...epsilonOf(config),
  };
  checkMaps(checked);
  return Object.freeze(checked);
}

/** What every batch norm of a network adds to the variance. */
export const batchNormEpsilon = ({ batchNormEpsilon: epsilon = BATCH_NORM_EPSILON }: DenseNetConfig): number => epsilon;

/** The default is left out, so that equal networks have equal configurations. */
function epsilonOf(config: DenseNetConfig): Pick<DenseNetConfig, 'batchNormEpsilon'> {
  const epsilon = batchNormEpsilon(config);
  // float32 is what the GPU adds: below its smallest normal number nothing would be added.
  if (typeof epsilon !== 'number' || !(epsilon >= 2 ** -126 && epsilon <= 1)) {
    throw new ConfigError('batchNormEpsilon', epsilon, "must be above 0, at most 1; PyTorch's default is 1e-5");
  }
  return epsilon === BATCH_NORM_EPSILON ? {} : { batchNormEpsilon: epsilon };
}

/** Height and width of the stem's convolution (before its pooling) and of each dense block's maps. */
export function mapSizes(config: DenseNetConfig): { stem: MapSize; blocks: MapSize[] } {
  const halve = (n: number) => Math.ceil(n / 2);
  const input = { height: config.height, width: config.width };
  const imagenet = config.stem === 'imagenet';
  const stem = imagenet ? { height: halve(input.height), width: halve(input.width) } : input;
  const blocks = [imagenet ? { height: halve(stem.height), width: halve(stem.width) } : stem];
  for (let b = 1; b < config.blockLayers.length; b++) {
    const before = blocks[b - 1] ?? stem;
    blocks.push({ height: before.height >> 1, width: before.width >> 1 });
  }
  return { stem, blocks };
}

function checkMaps(config: DenseNetConfig): void {
  let channels = config.initialChannels;
  for (const [b, { height, width }] of mapSizes(config).blocks.entries()) {
    if (height < 1 || width < 1) {
      const field = height < 1 ? 'height' : 'width';
      throw new ConfigError(
        field,
        config[field],
        `shrinks to nothing before dense block ${b + 1}: a larger input or fewer blocks`,
      );
    }
    channels += (config.blockLayers[b] ?? 0) * config.growthRate;
    if (channels > 1 << 17)
      throw new ConfigError(
        'growthRate',
        config.growthRate,
        `makes ${channels} channels in block ${b + 1}; at most ${1 << 17}`,
      );
    if (b + 1 === config.blockLayers.length) break;
    const kept = Math.floor(channels * config.compression);
    if (kept < 1)
      throw new ConfigError(
        'compression',
        config.compression,
        `keeps no channel of ${channels} in transition ${b + 1}`,
      );
    channels = kept;
  }
}

/**
 * Batch statistics need more than one value a channel, as in PyTorch.
 * @param firstBlock blocks before this one, counted from 0, run in evaluation mode and have no batch statistics
 * @throws ConfigError when a map times the batch is a single value
 */
export function checkTrainingBatch(config: DenseNetConfig, batch: number, firstBlock = 0): void {
  whole('batch', batch, 1);
  for (const [b, { height, width }] of mapSizes(config).blocks.entries()) {
    if (b >= firstBlock && batch * height * width === 1) {
      throw new ConfigError(
        'batch',
        batch,
        `leaves one value a channel in dense block ${b + 1} (${height}x${width}): batch statistics need two`,
      );
    }
  }
}
