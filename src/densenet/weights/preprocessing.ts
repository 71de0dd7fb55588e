// What happens to an image before a network sees it, from what is known of the network: a sidecar's configuration, its own
// metadata, or the defaults of the programs that such networks come from. Where from is part of the answer.

import type { Resizing } from '../../data/preprocess.ts';
import { type Preprocessing, roundToEven } from '../../data/preprocess.ts';
import { ConfigError, WeightsError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import { IMAGENET_NORMALISATION, type Normalisation, normalisationTable } from '../normalisation.ts';
import { stemOf } from '../stems.ts';
import type { CheckpointDetails } from '../train/checkpoint.ts';
import { isChestXRay } from './head.ts';
import type { ImportOptions } from './import-options.ts';
import type { Source } from './report.ts';
import type { ModelConfig } from './sidecar-files.ts';

interface Known {
  /** What the file's own metadata say. */
  readonly own?: CheckpointDetails | undefined;
  readonly sidecar?: ModelConfig | undefined;
}

/** torchvision's and timm's: the middle 224 of 256. */
const CROP_FRACTION = 0.875;
/** torchxrayvision's (2 * pixel / 255 - 1) * 1024, as (pixel / 255 - mean) / std. */
const CHEST_X_RAY_NORMALISATION: Normalisation = { mean: [0.5], std: [1 / 2048] };

/**
 * What is given beside the weights takes precedence, then what they say themselves, then what is usual.
 * @throws WeightsError where the config.json belongs to another network
 */
export function preprocessingOf(
  config: DenseNetConfig,
  { own, sidecar }: Known,
): { readonly preprocessing: Preprocessing; readonly source: Source } {
  if (sidecar && (sidecar.mean ?? sidecar.std ?? sidecar.size ?? sidecar.cropFraction) !== undefined) {
    return { preprocessing: fromSidecar(config, sidecar, own), source: 'config' };
  }
  const { inputChannels: channels, height, width } = config;
  const size = { channels, height, width };
  if (own?.normalisation) {
    return { preprocessing: { ...size, ...own.resizing, ...own.normalisation }, source: 'metadata' };
  }
  if (isChestXRay(config)) {
    return { preprocessing: { ...size, fit: 'square', ...CHEST_X_RAY_NORMALISATION }, source: 'torchxrayvision' };
  }
  if (channels === 3 && stemOf(config.stem).dataset === 'imagenet') {
    const resize = Math.floor(Math.min(height, width) / CROP_FRACTION);
    return { preprocessing: { ...size, resize, ...IMAGENET_NORMALISATION }, source: 'torchvision' };
  }
  return { preprocessing: { ...size, ...defaultNormalisation(channels) }, source: 'assumed' };
}

/** Where the input size of a network's configuration comes from. */
export function sizeSource(
  config: DenseNetConfig,
  described: DenseNetConfig | undefined,
  sidecar: ModelConfig | undefined,
  { size, own }: Pick<ImportOptions, 'size'> & { readonly own: unknown },
): Source {
  if (size) return 'chosen';
  if (sidecar?.size) return 'config';
  if (described || own) return 'metadata';
  if (isChestXRay(config)) return 'torchxrayvision';
  return stemOf(config.stem).dataset === 'imagenet' ? 'torchvision' : 'assumed';
}

/** ImageNet's for colour; pixels from -1 to 1 for anything else. */
function defaultNormalisation(channels: number): Normalisation {
  const half = Array<number>(channels).fill(0.5);
  return channels === 3 ? IMAGENET_NORMALISATION : { mean: half, std: half };
}

function fromSidecar(config: DenseNetConfig, sidecar: ModelConfig, own: Known['own']): Preprocessing {
  const { inputChannels: channels, height, width } = config;
  const otherwise = own?.normalisation ?? defaultNormalisation(channels);
  const perChannel = (values: readonly number[] | undefined) =>
    values?.length === 1 ? Array<number>(channels).fill(values[0] ?? 0) : values;
  const normalisation = {
    mean: perChannel(sidecar.mean) ?? otherwise.mean,
    std: perChannel(sidecar.std) ?? otherwise.std,
  };
  try {
    normalisationTable(normalisation, channels);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new WeightsError(sidecar.file, cause.message, {}, { cause });
  }
  const saysSize = (sidecar.size ?? sidecar.cropFraction) !== undefined;
  const ownResizing = own?.normalisation && !saysSize ? own.resizing : timmResizing(config, sidecar, normalisation);
  return { channels, height, width, ...(sidecar.resizing ?? ownResizing), ...normalisation };
}

/**
 * As timm evaluates (transforms_imagenet_eval): both sides of the input divided by crop_pct, rounded down. 'center': the
 * shorter side to that or, where the input is not square, as small as covers it, which timm always does bilinearly;
 * 'squash': exactly that; 'border': as large as fits, the rest filled with the mean. Then a centre crop.
 */
function timmResizing(
  { height, width, inputChannels }: DenseNetConfig,
  { cropFraction = CROP_FRACTION, cropMode, interpolation }: ModelConfig,
  { mean }: Normalisation,
): Resizing {
  const scale = { height: Math.floor(height / cropFraction), width: Math.floor(width / cropFraction) };
  const isSquare = scale.height === scale.width;
  const resize = isSquare ? scale.height : scale;
  const method = interpolation && { interpolation };
  if (cropMode === 'border') {
    const fill = mean.map((value) => Math.min(Math.max(roundToEven(255 * value), 0), 255));
    return { resize, fit: 'border', ...method, fill };
  }
  // A crop larger than the image has black around it, as torchvision's CenterCrop pads.
  const padding = cropFraction > 1 ? { fill: Array<number>(inputChannels).fill(0) } : {};
  if (cropMode === 'squash') return { resize, fit: 'squash', ...method, ...padding };
  return isSquare ? { resize, ...method, ...padding } : { resize, interpolation: 'bilinear', ...padding };
}
