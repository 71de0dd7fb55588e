// What a trainer is given for the hyperparameters of a run and its images: the same for training, for a learning-rate sweep, and for
// whoever asks what its plan takes.

import type { ImageDataset } from '../data/dataset.ts';
import { epochShape } from '../densenet/train/epoch-shape.ts';
import type { Hyperparameters } from '../densenet/train/hyperparameters.ts';
import { withBalanced } from '../densenet/train/loss-options.ts';
import type { TrainerOptions } from '../densenet/train/trainer.ts';
import type { OnCompile, Unroll } from '../runtime/plan-pipelines.ts';

/** What hyperparameters do not say. */
export interface TrainerSetup extends Pick<TrainerOptions, 'schedule' | 'augment'> {
  readonly tileConfig?: TrainerOptions['tileConfig'] | undefined;
  readonly unroll?: Unroll | undefined;
  readonly onCompile?: OnCompile | undefined;
}

/** @throws ConfigError where weights are balanced by images that cannot say how */
export function trainerOptions(
  hyperparameters: Hyperparameters,
  training: Pick<ImageDataset, 'count' | 'labels' | 'classNames'>,
  { tileConfig, unroll, onCompile, ...setup }: TrainerSetup,
): TrainerOptions {
  const { optimizer, loss, lossOptions, groups, average, normalisation, precision } = hyperparameters;
  const { recompute, seed, trainable, labelSmoothing, clip } = hyperparameters;
  const { batch, lastBatch } = epochShape(hyperparameters, training.count);
  return {
    batch,
    optimizer,
    loss,
    groups,
    average,
    normalisation,
    precision,
    recompute,
    seed,
    trainable,
    labelSmoothing,
    clip,
    lossOptions: withBalanced(lossOptions, training.labels, training.classNames),
    ...(lastBatch !== undefined && { lastBatch }),
    ...(tileConfig && { tileConfig }),
    ...(unroll !== undefined && { unroll }),
    ...(onCompile && { onCompile }),
    ...setup,
  };
}
