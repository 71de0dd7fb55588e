// What happens to an image before a network sees it, from what is known of the network: its own metadata, a config.json,
// or what the programs do that such networks come from. Where from is part of the answer.

import { type Preprocessing, roundToEven } from '../../data/preprocess.ts';
import { ConfigError, WeightsError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import { IMAGENET_NORMALISATION, type Normalisation, normalisationTable } from '../normalisation.ts';
import type { Resizing } from '../train/checkpoint.ts';
import { CHEST_X_RAY_RANGE, isChestXRay } from './chest-x-ray.ts';
import type { Source } from './report.ts';
import type { ModelConfig } from './sidecar-files.ts';

interface Known {
  readonly own?: { readonly normalisation?: Normalisation; readonly resizing?: Resizing } | undefined;
  readonly beside?: ModelConfig | undefined;
}

/** torchvision's and timm's: the middle 224 of 256. */
const CROP_FRACTION = 0.875;

/**
 * What is given beside the weights counts, then what they say themselves, then what is usual.
 * @throws WeightsError where the config.json is another network's
 */
export function preprocessingOf(
  config: DenseNetConfig,
  { own, beside }: Known,
): { readonly preprocessing: Preprocessing; readonly source: Source } {
  if (beside && (beside.mean ?? beside.std ?? beside.size ?? beside.cropFraction) !== undefined) {
    return { preprocessing: besides(config, beside, own), source: 'config' };
  }
  const { inputChannels: channels, height, width } = config;
  const size = { channels, height, width };
  if (own?.normalisation) {
    return { preprocessing: { ...size, ...own.resizing, ...own.normalisation }, source: 'metadata' };
  }
  if (isChestXRay(config))
    return { preprocessing: { ...size, fit: 'square', ...CHEST_X_RAY_RANGE }, source: 'torchxrayvision' };
  if (channels === 3 && config.stem === 'imagenet') {
    const resize = Math.floor(Math.min(height, width) / CROP_FRACTION);
    return { preprocessing: { ...size, resize, ...IMAGENET_NORMALISATION }, source: 'torchvision' };
  }
  return { preprocessing: { ...size, ...plainRange(channels) }, source: 'assumed' };
}

/** ImageNet's for colour; pixels from -1 to 1 for anything else. */
function plainRange(channels: number): Normalisation {
  const packedF16 = Array<number>(channels).fill(0.5);
  return channels === 3 ? IMAGENET_NORMALISATION : { mean: packedF16, std: packedF16 };
}

function besides(config: DenseNetConfig, beside: ModelConfig, own: Known['own']): Preprocessing {
  const { inputChannels: channels, height, width } = config;
  const plain = own?.normalisation ?? plainRange(channels);
  const all = (values: readonly number[] | undefined) =>
    values?.length === 1 ? Array<number>(channels).fill(values[0] ?? 0) : values;
  const range = { mean: all(beside.mean) ?? plain.mean, std: all(beside.std) ?? plain.std };
  try {
    normalisationTable(range, channels);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new WeightsError(beside.file, cause.message, {}, { cause });
  }
  const sized = (beside.size ?? beside.cropFraction) !== undefined;
  const resizing =
    beside.resizing ?? (own?.normalisation && !sized ? own.resizing : timmsResizing(config, beside, range));
  return { ...{ channels, height, width }, ...resizing, ...range };
}

/**
 * As timm evaluates (transforms_imagenet_eval): both sides of the input divided by crop_pct, rounded down. 'center': the shorter
 * side to that, or where the input is not square as small as covers it, which timm does bilinearly whatever is said; 'squash':
 * exactly that; 'border': as large as fits, the rest filled with the mean. Then the middle.
 */
function timmsResizing(
  { height, width, inputChannels }: DenseNetConfig,
  beside: ModelConfig,
  { mean }: Normalisation,
): Resizing {
  const { cropFraction = CROP_FRACTION, cropMode, interpolation } = beside;
  const scale = { height: Math.floor(height / cropFraction), width: Math.floor(width / cropFraction) };
  const square = scale.height === scale.width;
  const resize = square ? scale.height : scale;
  const how = interpolation && { interpolation };
  // A crop of more than there is has black around it, as torchvision's CenterCrop does.
  const padded = cropFraction > 1 ? { fill: Array<number>(inputChannels).fill(0) } : {};
  if (cropMode === 'border') {
    return {
      resize,
      fit: 'border',
      ...how,
      fill: mean.map((value) => Math.min(Math.max(roundToEven(255 * value), 0), 255)),
    };
  }
  if (cropMode === 'squash') return { resize, fit: 'squash', ...how, ...padded };
  return square ? { resize, ...how, ...padded } : { resize, interpolation: 'bilinear', ...padded };
}
