// A learning-rate sweep as a training would begin: with its trainer, its images in their order, its micro-batches.

import { epochShape } from '../densenet/train/epoch-shape.ts';
import { hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import { constant } from '../densenet/train/learning-rates.ts';
import { findLearningRate, type LrFinderOptions, type LrSweep } from '../densenet/train/lr-finder.ts';
import { Trainer } from '../densenet/train/trainer.ts';
import { withFittingBatch } from './fitting-batch.ts';
import { trainerOptions } from './trainer-setup.ts';
import { type TrainingSetup, updatesPerEpoch } from './training.ts';
import { microBatches, updateFeed } from './updates.ts';

/** The training of which the rate is looked for; its schedule and its length do not matter. */
export interface SweepSetup extends Pick<TrainingSetup, 'model' | 'settings' | 'augment' | 'tileConfig' | 'unroll'> {
  readonly training: TrainingSetup['data']['training'];
}

/** A sweep that is set up; `go` runs it once. */
export interface PreparedSweep {
  /** What is to be known before the first step. */
  readonly notes: readonly string[];
  readonly gpuBytes: number;
  /** @throws ConfigError for options that cannot be; GpuError, DeviceLostError; what the data set's `read` throws */
  go(options: LrFinderOptions): Promise<LrSweep>;
  destroy(): void;
}

/** @throws ConfigError where the images are too few for an update; LimitError, GpuError, DeviceLostError */
export async function prepareSweep({ model, settings, training, ...setup }: SweepSetup): Promise<PreparedSweep> {
  const asked = hyperparametersOf(settings);
  updatesPerEpoch(asked, training);
  const schedule = constant(asked.learningRate);
  const { trainer, shape, notes } = await withFittingBatch(asked, async (batching, notes) => {
    const hyperparameters = { ...asked, ...batching };
    const options = trainerOptions(hyperparameters, training, { ...setup, schedule });
    return { trainer: await Trainer.create(model, options), shape: epochShape(hyperparameters, training.count), notes };
  });
  const feed = updateFeed(training, shape, { seed: asked.seed });
  return {
    notes,
    gpuBytes: trainer.allocatedBytes,
    go: (options) =>
      findLearningRate(
        trainer,
        async () => {
          const staged = await feed.take();
          // The next images are read while the GPU works.
          feed.prepare();
          return microBatches(staged, shape, training);
        },
        options,
      ),
    destroy: () => trainer.destroy(),
  };
}
