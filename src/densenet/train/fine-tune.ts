// Where a fine-tuning starts: a checkpoint's numbers in a network for other images, whose classes may be others too.

import { ConfigError } from '../../runtime/errors.ts';
import { checkConfig, type DenseNetConfig } from '../config.ts';
import { initialValues } from '../initialize.ts';
import type { Network } from '../network.ts';
import type { StateDict } from '../state-dict.ts';
import type { Checkpoint } from './checkpoint.ts';

export interface FineTuningData {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classNames: readonly string[];
}

/**
 * The checkpoint's architecture for other images: size and classes are theirs.
 * @throws ConfigError where the images have other channels, or shrink to nothing in it
 */
export function fineTunedConfig({ config }: Checkpoint, images: FineTuningData, dropout = 0): DenseNetConfig {
  const { channels, height, width, classNames } = images;
  if (channels !== config.inputChannels) {
    throw new ConfigError(
      'channels',
      channels,
      `of the images; the checkpoint's network takes ${config.inputChannels}`,
    );
  }
  return checkConfig({ ...config, height, width, classes: classNames.length, dropout });
}

/** Whether a fine-tuning goes on with the checkpoint's classifier or with a new one. */
export type ClassifierStart = 'keep' | 'reset';

/**
 * The state to start from. The checkpoint's classifier stays where the classes are its own (the same names, or as many
 * where it names none); otherwise it is initialised from the seed.
 * @param network with as many classes as there are names
 * @param wanted decides, whatever the classes are called
 * @throws ConfigError where a classifier of another number of classes is to be kept
 */
export function startingState(
  network: Network,
  { state, config, classNames }: Checkpoint,
  names: readonly string[],
  seed: number,
  wanted?: ClassifierStart,
): { readonly state: StateDict; readonly classifier: 'keep' | 'reset' } {
  const asMany = config.classes === names.length;
  if (wanted === 'keep' && !asMany) {
    throw new ConfigError('classifier', wanted, `: it has ${config.classes} classes, the images ${names.length}`);
  }
  const same = asMany && (classNames ?? names).every((name, i) => name === names[i]);
  if (wanted === 'keep' || (wanted === undefined && same)) return { state, classifier: 'keep' };
  const { weight, bias } = network.classifier;
  const reinitialized = [weight, bias].map(
    (p) => [p.name, { shape: p.shape, values: initialValues(network, p, seed) }] as const,
  );
  return { state: new Map([...state, ...reinitialized]), classifier: 'reset' };
}
