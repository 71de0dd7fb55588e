// Networks as files of weights: read and made in one call, and written. Functions and not methods of DenseNet, so that a page that
// neither reads nor writes files does not carry the readers of other programs' weights (20 kB).

import { type Preprocessing, resizingOf } from '../data/preprocess.ts';
import type { Device } from '../runtime/device.ts';
import {
  aNumber,
  anObject,
  anything,
  checkInstance,
  checkOptions,
  flag,
  type Rules,
  whole,
} from '../runtime/options.ts';
import { DenseNet } from './model.ts';
import { writeCheckpoint } from './train/checkpoint.ts';
import type { ImportedNetwork, ImportOptions, WeightsSources } from './weights/import-options.ts';
import { importWeights } from './weights/import-weights.ts';

/** A network on a GPU, with what its file says besides the weights. */
export interface LoadedModel extends Omit<ImportedNetwork, 'config' | 'state'> {
  /** The network; it has the configuration. */
  readonly model: DenseNet;
}

/**
 * A network from a file of weights, in any format that `importWeights` reads: one of ours, or any DenseNet's. `importWeights` and
 * `DenseNet.create` in one.
 * @param source as `importWeights` takes it
 * @param file what errors call it; left out: its own name, or `weights`
 * @throws as `importWeights` and `DenseNet.create`
 */
export async function loadModel(
  device: Device,
  source: WeightsSources,
  options: ImportOptions = {},
  file?: string,
): Promise<LoadedModel> {
  const { config, state, ...details } = await importWeights(source, file, options);
  return { ...details, model: await DenseNet.create(device, config, { state }) };
}

/** What a file says besides the weights; left out: nothing. */
export interface SaveOptions {
  /** How images become the network's input. */
  readonly preprocessing?: Preprocessing;
  /** Each class has its own sigmoid, instead of one softmax over all. */
  readonly multiLabel?: boolean;
  /** By label; one for each class. */
  readonly classNames?: readonly string[];
  /** What logits are divided by before they become probabilities; above 0. */
  readonly temperature?: number;
  /** Of several labels per image: the probability from which on each counts as present; one per class, in [0, 1]. */
  readonly thresholds?: readonly number[];
  /** Training steps taken: `num_batches_tracked` of its batch norms. Default 0. */
  readonly steps?: number;
}

const SAVE_OPTIONS = {
  preprocessing: anObject,
  classNames: anything,
  multiLabel: flag,
  temperature: aNumber((value) => value > 0, 'must be a number above 0'),
  thresholds: anything,
  steps: whole(0, 2 ** 53),
} satisfies Rules<SaveOptions>;

/**
 * A safetensors file of a network, which `loadModel`, `Classifier.load`, the command line, the demo page and PyTorch read: weights
 * and running statistics under torchvision's names, and the details in its metadata.
 * @throws ConfigError, or StateError for details that do not fit the network and for a number that is not finite; GpuError,
 * DeviceLostError, DisposedError
 */
export async function saveModel(model: DenseNet, options: SaveOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
  checkOptions<SaveOptions>('options of saveModel', options, SAVE_OPTIONS);
  const { preprocessing, ...details } = options;
  const resizing = preprocessing && resizingOf(preprocessing);
  return writeCheckpoint(model.network, await model.stateDict(), {
    ...details,
    ...(preprocessing && { normalisation: { mean: preprocessing.mean, std: preprocessing.std } }),
    ...(resizing && { resizing }),
  });
}
