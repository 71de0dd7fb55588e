// What a DenseNet is, as options, and which of them are valid. Pure; names are the paper's (Huang et al., 1608.06993).

import {
  checked,
  type Fields,
  field,
  list,
  number,
  type Output,
  object,
  oneOf,
  optional,
  parse,
  type Schema,
  transformed,
  whole,
} from '../data/schema.ts';
import { ConfigError } from '../runtime/errors.ts';
import { BATCH_NORM_EPSILON } from '../shaders/statistics/batch-norm.ts';

import { CONVOLUTIONS, STEM_KINDS, stemOf } from './stems.ts';

export const MOST_CLASSES = 65536;

/** What a DenseNet is: every field of its configuration. */
export const CONFIG_FIELDS = {
  /** A row of STEMS: convolutions, the norms between them, and whether a pooling follows. */
  stem: field(oneOf(STEM_KINDS), { help: 'how the network begins' }),
  /** Growth rate k: channels that each layer adds. */
  growthRate: field(whole(1, 4096), { help: 'channels that each layer adds', unit: 'channels' }),
  /** Layers of each dense block. */
  blockLayers: field(list(whole(1, 1024), 1, 16), { help: 'layers of each dense block', unit: 'layers' }),
  /** Channels after the stem. */
  initialChannels: field(whole(1, 65536), { help: 'channels after the stem', unit: 'channels' }),
  /** A bottleneck's 1x1 convolution makes this many times growthRate channels; 0: no bottleneck (plain layers). */
  bottleneckWidth: field(whole(0, 64), { help: 'channels of a bottleneck, in growth rates; 0: no bottleneck' }),
  /** Compression theta: a transition keeps floor(theta * channels). */
  compression: field(number({ above: 0, max: 1 }), { help: 'share of the channels that a transition keeps' }),
  /** Probability of dropout in training, after each convolution but the first (paper, section 3); 0: none. */
  dropout: field(number({ min: 0, below: 1 }), {
    help: 'probability of dropout, after each convolution but the first',
    option: '--dropout <p>',
    default: 0,
  }),
  /** Number of classes. */
  classes: field(whole(1, MOST_CLASSES), { help: 'classes of the classifier' }),
  /** Channels of the input: 3 for colour, 1 for grey. */
  inputChannels: field(whole(1, 1024), { help: 'channels of the input', unit: 'channels' }),
  /** Height of the input, in pixels. */
  height: field(whole(1, 16384), { help: 'height of the input', unit: 'pixels' }),
  /** Width of the input, in pixels. */
  width: field(whole(1, 16384), { help: 'width of the input', unit: 'pixels' }),
} as const satisfies Fields;

/** float32 is what the GPU adds: below its smallest normal number nothing would be added. */
const EPSILON = number({ min: 2 ** -126, max: 1 }, "must be above 0, at most 1; PyTorch's default is 1e-5");

/**
 * A DenseNet's architecture (Huang et al., 1608.06993, sections 3 and 4; tables 1 and 2).
 * @interface
 */
export type DenseNetConfig = Output<typeof CONFIG_FIELDS> & {
  /**
   * What every batch norm adds to the variance before the square root. Default 1e-5, PyTorch's; Keras's DenseNets have
   * 1.001e-5.
   */
  readonly batchNormEpsilon?: number;
};

/** Size of a feature map. */
export interface MapSize {
  /** In pixels of the map. */
  readonly height: number;
  /** In pixels of the map. */
  readonly width: number;
}

/** A network's configuration; equal networks have equal configurations, since a default epsilon is left out. */
export const CONFIG: Schema<DenseNetConfig> = checked(
  transformed(object({ ...CONFIG_FIELDS, batchNormEpsilon: optional(EPSILON, BATCH_NORM_EPSILON) }), withoutDefault),
  checkMaps,
);

/**
 * The configuration, checked field by field and frozen.
 * @throws ConfigError naming the field and its value
 */
export const checkConfig = (config: unknown): DenseNetConfig => Object.freeze(parse(CONFIG, config, 'configuration'));

/** What every batch norm of a network adds to the variance. */
export const batchNormEpsilon = ({ batchNormEpsilon: epsilon = BATCH_NORM_EPSILON }: DenseNetConfig): number => epsilon;

function withoutDefault({ batchNormEpsilon: epsilon, ...config }: Required<DenseNetConfig>): DenseNetConfig {
  return epsilon === BATCH_NORM_EPSILON ? config : { ...config, batchNormEpsilon: epsilon };
}

/** Height and width of what each of the stem's convolutions writes (before any pooling), and of each dense block's maps. */
export function mapSizes(config: DenseNetConfig): { stem: MapSize[]; blocks: MapSize[] } {
  const halved = ({ height, width }: MapSize) => ({ height: Math.ceil(height / 2), width: Math.ceil(width / 2) });
  const { convolutions, pool } = stemOf(config.stem);
  let map: MapSize = { height: config.height, width: config.width };
  const stem = convolutions.map(({ kind }) => {
    if (CONVOLUTIONS[kind].stride === 2) map = halved(map);
    return map;
  });
  if (pool) map = halved(map);
  const blocks = config.blockLayers.map((_, b) => {
    if (b > 0) map = { height: map.height >> 1, width: map.width >> 1 };
    return map;
  });
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
        `shrinks to nothing before dense block ${b + 1}; use a larger input or fewer blocks`,
      );
    }
    channels += (config.blockLayers[b] ?? 0) * config.growthRate;
    if (channels > 1 << 17)
      throw new ConfigError(
        'growthRate',
        config.growthRate,
        `gives ${channels} channels in dense block ${b + 1}; at most ${1 << 17} are supported`,
      );
    if (b + 1 === config.blockLayers.length) break;
    const outputs = Math.floor(channels * config.compression);
    if (outputs < 1)
      throw new ConfigError(
        'compression',
        config.compression,
        `keeps none of the ${channels} channels in transition ${b + 1}`,
      );
    channels = outputs;
  }
}

/**
 * The first dense block whose batch statistics would be of a single value per channel, which has no variance; undefined: none.
 * @param firstBlock the first that is trained
 */
export function singleValueBlock(config: DenseNetConfig, batch: number, firstBlock = 0): number | undefined {
  const found = mapSizes(config).blocks.findIndex(
    ({ height, width }, block) => block >= firstBlock && batch * height * width === 1,
  );
  return found < 0 ? undefined : found;
}

/**
 * Batch statistics need more than one value per channel, as in PyTorch.
 * @param firstBlock blocks before this one, counted from 0, run in evaluation mode and have no batch statistics
 * @throws ConfigError where a feature map of the batch is a single value per channel
 */
export function checkTrainingBatch(config: DenseNetConfig, batch: number, firstBlock = 0): void {
  parse(whole(1, 2 ** 20), batch, 'batch');
  const block = singleValueBlock(config, batch, firstBlock);
  if (block === undefined) return;
  const { height, width } = mapSizes(config).blocks[block] ?? { height: 1, width: 1 };
  throw new ConfigError(
    'batch',
    batch,
    `leaves one value per channel in dense block ${block + 1} (${height}x${width}); batch statistics need two or more`,
  );
}
