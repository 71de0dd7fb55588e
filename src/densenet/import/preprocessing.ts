// What happens to an image before a network sees it, from what is known of the network: its own metadata, a config.json,
// or what the programs do that such networks come from. Where from is part of the answer.

import type { Preprocessing } from '../../data/preprocess.ts';
import { ConfigError, WeightsError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import { IMAGENET_NORMALISATION, type Normalisation, normalisationTable } from '../normalisation.ts';
import type { Resizing } from '../training/checkpoint.ts';
import { CHEST_X_RAY_RANGE, isChestXRay } from './chest-x-ray.ts';
import type { Source } from './report.ts';
import type { ModelConfig } from './side-files.ts';

interface Known {
  readonly own?: { readonly normalisation?: Normalisation; readonly resizing?: Resizing } | undefined;
  readonly beside?: ModelConfig | undefined;
}

/** torchvision's and timm's: the middle 224 of 256. */
const CROP_FRACTION = 0.875;

/** @throws WeightsError where the config.json is another network's */
export function preprocessingOf(
  config: DenseNetConfig,
  { own, beside }: Known,
): { readonly preprocessing: Preprocessing; readonly source: Source } {
  const { inputChannels: channels, height, width } = config;
  const size = { channels, height, width };
  if (own?.normalisation) {
    return { preprocessing: { ...size, ...own.resizing, ...own.normalisation }, source: 'metadata' };
  }
  if (beside && (beside.mean ?? beside.inputSize ?? beside.cropFraction) !== undefined) {
    return { preprocessing: besides(config, beside), source: 'config' };
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
  const halves = Array<number>(channels).fill(0.5);
  return channels === 3 ? IMAGENET_NORMALISATION : { mean: halves, std: halves };
}

/** As timm evaluates: the shorter side to floor(size / crop_pct), then the middle. */
function besides(config: DenseNetConfig, beside: ModelConfig): Preprocessing {
  const { inputChannels: channels, height, width } = config;
  const { mean, std, cropFraction = CROP_FRACTION, squash, interpolation } = beside;
  const plain = plainRange(channels);
  const range = { mean: mean ?? plain.mean, std: std ?? plain.std };
  try {
    normalisationTable(range, channels);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new WeightsError(beside.file, cause.message, {}, { cause });
  }
  const resize = Math.max(Math.floor(Math.min(height, width) / cropFraction), Math.min(height, width));
  return {
    ...{ channels, height, width, resize },
    ...(interpolation && { interpolation }),
    ...(squash && { fit: 'squash' as const }),
    ...range,
  };
}
