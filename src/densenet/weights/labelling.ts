// What the classes are called, whether an image has one or several of them, and who said so.

import { type Tensor, toFloat32 } from '../../data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import type { CheckpointDetails } from '../train/checkpoint.ts';
import { CHEST_X_RAY_LABELS, isChestXRay } from './chest-x-ray.ts';
import { readClassNames } from './class-names.ts';
import type { ImportOptions } from './import-options.ts';
import type { ImportedNetwork } from './import-weights.ts';
import type { Source } from './report.ts';
import type { ModelConfig } from './sidecar-files.ts';

/** @throws DataError for a file of names that is damaged or names another number of classes */
export function classNamesOf(
  config: DenseNetConfig,
  own: CheckpointDetails | undefined,
  beside: ModelConfig | undefined,
  { labels, newClassifier }: ImportOptions,
): { readonly names: readonly string[] | undefined; readonly source: Source } {
  if (labels) {
    const names = readClassNames(labels, config.classes);
    if (names.length === config.classes) return { names, source: 'labels' };
    const first = names.slice(0, 3).map((name) => JSON.stringify(name.slice(0, 40)));
    throw new DataError(
      labels.name,
      0,
      `names ${names.length} classes (${first.join(', ')}${names.length > 3 ? ' …' : ''}), and the network has ${config.classes}`,
    );
  }
  if (own?.classNames?.length === config.classes) return { names: own.classNames, source: 'metadata' };
  if (beside?.classNames?.length === config.classes) return { names: beside.classNames, source: 'config' };
  if (!newClassifier && isChestXRay(config)) return { names: CHEST_X_RAY_LABELS, source: 'torchxrayvision' };
  return { names: undefined, source: 'none' };
}

export function multiLabelOf(
  config: DenseNetConfig,
  beside: ModelConfig | undefined,
  { multiLabel, newClassifier }: ImportOptions,
): { readonly multiLabel: boolean; readonly source: Source } {
  if (multiLabel !== undefined) return { multiLabel, source: 'chosen' };
  if (beside?.multiLabel !== undefined) return { multiLabel: beside.multiLabel, source: 'config' };
  if (!newClassifier && isChestXRay(config)) return { multiLabel: true, source: 'torchxrayvision' };
  return { multiLabel: config.classes === 1, source: 'assumed' };
}

export function sizeSource(
  described: DenseNetConfig | undefined,
  beside: ModelConfig | undefined,
  { size }: ImportOptions,
  config: DenseNetConfig,
): Source {
  if (size) return 'chosen';
  if (beside?.size) return 'config';
  if (described) return 'metadata';
  if (isChestXRay(config)) return 'torchxrayvision';
  return config.stem === 'imagenet' ? 'torchvision' : 'assumed';
}

/** torchxrayvision's buffer: the probability from which on each finding counts as present. */
const THRESHOLDS = /(^|\.)op_threshs$/;

/**
 * The thresholds of a file, one a class; where one is not a number, it is a half.
 * @returns undefined where the file has none, or another number of them
 */
export function thresholdsOf(
  tensors: ReadonlyMap<string, Tensor>,
  classes: number,
): { readonly name: string; readonly thresholds: readonly number[] } | undefined {
  const name = [...tensors.keys()].find((own) => THRESHOLDS.test(own));
  const tensor = name === undefined ? undefined : tensors.get(name);
  if (name === undefined || !tensor || tensor.shape.length !== 1 || tensor.shape[0] !== classes) return undefined;
  return { name, thresholds: Array.from(toFloat32(tensor), (value) => (value > 0 && value < 1 ? value : 0.5)) };
}

/**
 * ImageNet's names for a network that has its number of classes, takes colour images and names none; others unchanged.
 * @param imagenet the 1000 names
 */
export function withImagenetNames<Network extends Pick<ImportedNetwork, 'config' | 'classNames' | 'report'>>(
  network: Network,
  imagenet: readonly string[],
): Network {
  if (!lacksImagenetNames(network) || imagenet.length !== network.config.classes) return network;
  const { report } = network;
  return {
    ...network,
    classNames: imagenet,
    report: { ...report, sources: { ...report.sources, classNames: 'imagenet' } },
  };
}

export const lacksImagenetNames = ({ config, classNames }: Pick<ImportedNetwork, 'config' | 'classNames'>): boolean =>
  classNames === undefined && config.classes === 1000 && config.inputChannels === 3 && config.stem === 'imagenet';
