// The job `lr-find`: a learning-rate sweep of a training, of which nothing stays but the points.

import { augmentOption } from '../densenet/augment/augmenter.ts';
import { DenseNet } from '../densenet/model.ts';
import { hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import type { LrFinderOptions, LrPoint, LrSweep } from '../densenet/train/lr-finder.ts';
import { sourceOf } from '../densenet/train/source-size.ts';
import { Device } from '../runtime/device.ts';
import { fittingBatch } from '../training/fitting-batch.ts';
import { prepareSweep } from '../training/lr-sweep.ts';
import { updatesPerEpoch } from '../training/training.ts';
import { messageStore } from './autotune.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { optionsFor } from './device-options.ts';
import type { ImagesQuestion, TrainEvent, TrainingSettings, TrainRequest } from './train-request.ts';
import { chooseTiles, datasetOf, startOf } from './training-setup.ts';

/** The training, and the sweep. Tiles are measured for no sweep: those cached, or the defaults. */
export type LrFindRequest = TrainingSettings &
  Pick<TrainRequest, 'training' | 'start' | 'kept'> & {
    readonly sweep: Pick<LrFinderOptions, 'from' | 'to' | 'steps'>;
  };

/** One `ready`, as of a training, and then the points as they come. */
export type LrFindEvent =
  | Pick<Extract<TrainEvent, { kind: 'ready' }>, 'kind' | 'seconds' | 'gpuBytes' | 'notes'>
  | ({ readonly kind: 'point' } & LrPoint);

/** @throws ConfigError, DataError, LimitError, NoGpuError, GpuError, DeviceLostError */
export const lrFindJob = defineJob(
  'lr-find',
  async (given: LrFindRequest, context: JobContext<LrFindEvent, ImagesQuestion, Uint8Array>): Promise<LrSweep> => {
    const asked = { ...given, ...hyperparametersOf(given) };
    const training = datasetOf(asked.training, 'training', context);
    updatesPerEpoch(asked, training);
    const source = sourceOf(training, asked);
    const device = await Device.open(context.gpu, {
      now: context.now,
      subgroups: true,
      ...(await optionsFor(asked.precision)),
    });
    try {
      const started = context.now();
      const augment = augmentOption(asked.augment, source);
      const fitting = fittingBatch(asked, { training, augment }, device.limits);
      const request: typeof asked = { ...asked, ...fitting.batching };
      const cache = messageStore(request.kept ?? {});
      const tiles = await chooseTiles(device, { ...request, autotune: 'cached' }, cache, context);
      const start = await startOf(request, training);
      const weights = start ? { state: start.state } : { seed: request.seed };
      const model = await DenseNet.create(device, request.config, weights);
      const sweep = await prepareSweep({
        model,
        settings: request,
        training,
        augment,
        tileConfig: tiles.tileConfig,
      });
      context.report({
        kind: 'ready',
        seconds: (context.now() - started) / 1000,
        gpuBytes: sweep.gpuBytes,
        notes: [...device.notes, ...fitting.notes, ...tiles.notes, ...sweep.notes],
      });
      const onStep = (point: LrPoint) => context.report({ kind: 'point', ...point });
      return await sweep.go({ ...request.sweep, signal: context.signal, onStep });
    } finally {
      device.destroy();
    }
  },
);
