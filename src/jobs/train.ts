// The job `train`: trains on images that came with the request, or that it asks its client for batch by batch, from the seed or from a
// run's state, reports how it goes, and answers with a checkpoint. Told to stop, it ends after the step under way; its checkpoint
// then is the run's state, from which it goes on as if it had never stopped. What is not finite is not answered: the job fails.

import { augmentOption } from '../densenet/augment/augmenter.ts';
import { type AutotuneRecord, tileConfigOf } from '../densenet/autotune/cache.ts';
import { DenseNet } from '../densenet/model.ts';
import { DEFAULT_TILES } from '../densenet/plan/tile-config.ts';
import { hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import type { RunMetadata } from '../densenet/train/run-metadata.ts';
import { sourceOf } from '../densenet/train/source-size.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import { Device } from '../runtime/device.ts';
import { fingerprint } from '../training/fingerprint.ts';
import { fittingBatch } from '../training/fitting-batch.ts';
import { resumedRun } from '../training/state.ts';
import { type AugmentationChoice, Training, updatesPerEpoch } from '../training/training.ts';
import { messageStore } from './autotune.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { optionsFor } from './device-options.ts';
import type { ImagesQuestion, TrainAnswer, TrainEvent, TrainRequest } from './train-request.ts';
import { chooseTiles, datasetOf, startOf, type Tiles } from './training-setup.ts';

type Context = JobContext<TrainEvent, ImagesQuestion, Uint8Array>;

/** @throws ConfigError, DataError for a bad state, LimitError, NoGpuError, GpuError, NotFiniteError, DeviceLostError */
export const trainJob = trainJobWith(augmentOption);

/** The job with another choice of augmentations: a page that offers two of them carries no code for the others. */
/* @__NO_SIDE_EFFECTS__ */
export function trainJobWith(augmentationOf: AugmentationChoice) {
  return defineJob('train', (given: TrainRequest, context: Context) => train(given, context, augmentationOf));
}

async function train(given: TrainRequest, context: Context, augmentationOf: AugmentationChoice): Promise<TrainAnswer> {
  const asked = { ...given, ...hyperparametersOf(given) };
  const training = datasetOf(asked.training, 'training', context);
  const validation = asked.validation && datasetOf(asked.validation, 'validation', context);
  const fingerprints = {
    training: await fingerprint(training),
    validation: validation ? await fingerprint(validation) : null,
  };
  updatesPerEpoch(asked, training);
  const source = sourceOf(training, asked);
  const resume = readResumed(asked, fingerprints);
  const features: GPUFeatureName[] = asked.autotune === 'full' ? ['timestamp-query'] : [];
  const device = await Device.open(context.gpu, {
    now: context.now,
    features,
    subgroups: (asked.autotune ?? 'off') !== 'off' || resume?.run.tiles != null,
    ...(await optionsFor(resume?.run.hyperparameters.precision ?? asked.precision)),
  });
  try {
    const started = context.now();
    // Before the parameters are made: a network past all memory is a sentence, not a failed allocation.
    const augment = augmentationOf(asked.augment, source);
    const fitting = resume ? { batching: {}, notes: [] } : fittingBatch(asked, { training, augment }, device.limits);
    const request: typeof asked = { ...asked, ...fitting.batching };
    const cache = messageStore(request.kept ?? {});
    const tiles = resume ? tilesOfRun(resume.run.tiles) : await chooseTiles(device, request, cache, context);
    const start = resume ? undefined : await startOf(request, training);
    const model = await DenseNet.create(
      device,
      request.config,
      start ? { state: start.state } : { seed: request.seed },
    );
    const { unrollOnSoftware = true } = request;
    const made = await Training.create(
      {
        model,
        settings: { ...request, about: { ...start?.record, ...request.about } },
        data: { training, validation, fingerprints },
        host: context.host,
        augment,
        tileConfig: tiles.tileConfig,
        autotuneRecord: tiles.autotuneRecord,
        unroll: device.adapter.software && !unrollOnSoftware ? false : 'auto',
        onCompile: (progress) => context.report({ kind: 'compile', ...progress }),
        resume,
      },
      context,
    );
    context.report({
      kind: 'ready',
      updates: made.start.updatesPerEpoch,
      seconds: (context.now() - started) / 1000,
      gpuBytes: made.gpuBytes,
      tiles: tiles.source,
      notes: [...device.notes, ...fitting.notes, ...tiles.notes, ...made.notes],
      kept: tiles.source === 'measured' ? cache.kept : {},
      epochs: made.start.epochs,
      into: made.start.runningMetrics.updates,
    });
    return await made.go();
  } finally {
    device.destroy();
  }
}

/** The state to resume, under the epochs that were asked for. */
function readResumed(request: TrainRequest, data: RunMetadata['data']) {
  if (!request.resume) return undefined;
  const state = readTrainingState(request.resume, 'the state to resume');
  return { ...state, run: resumedRun(state.run, request, data) };
}

/** A run that goes on keeps its tiles: others round otherwise. */
const tilesOfRun = (autotuneRecord: AutotuneRecord | null): Tiles => ({
  tileConfig: autotuneRecord ? tileConfigOf(autotuneRecord) : DEFAULT_TILES,
  source: autotuneRecord ? 'cache' : 'defaults',
  autotuneRecord,
  notes: [],
});
