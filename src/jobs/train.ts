// The job `train`: trains on images that came with the request, from the seed or from a run's state, tells how it goes,
// and answers with a checkpoint. Told to stop, it ends after the step under way; its checkpoint then is the run's state,
// from which it goes on as if it had never stopped. What is not finite is not answered: the job fails.

import type { LabelledImages } from '../data/idx.ts';
import { parseConfigJson } from '../densenet/config-json.ts';
import { buildNetwork } from '../densenet/network.ts';
import { planHash } from '../densenet/plan/plan-hash.ts';
import { readCheckpoint, writeCheckpoint } from '../densenet/train/checkpoint.ts';
import { startingState } from '../densenet/train/fine-tune.ts';
import { hyperparametersOf } from '../densenet/train/hyperparameters.ts';
import { type EngineRecord, isComplete, type RunMetadata, stepOf } from '../densenet/train/run-metadata.ts';
import type { Trainer } from '../densenet/train/trainer.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import { Device } from '../runtime/device.ts';
import { ConfigError } from '../runtime/errors.ts';
import { VERSION } from '../version.ts';
import { messageStore } from './autotune-message.ts';
import { fingerprint, sha256 } from './fingerprint.ts';
import type { HostContext, Job } from './job.ts';
import { readImages } from './labelled.ts';
import { type Message, message } from './message.ts';
import { detailsOf } from './train-details.ts';
import type { TrainEvent, TrainReport, TrainRequest } from './train-messages.ts';
import { chooseTiles, prepare, tilesOfRun } from './train-prepare.ts';
import { engineNotes, resumedRun } from './train-resume.ts';
import { Run } from './train-run.ts';
import { finite, StateSaver } from './train-saver.ts';
import { NO_METRICS } from './train-tally.ts';

/** @throws ConfigError, DataError for a bad state, LimitError, NoGpuError, GpuError, NotFiniteError, DeviceLostError */
export const trainJob: Job = async (input, context) => {
  const given = input.head as unknown as TrainRequest;
  const request = { ...given, config: parseConfigJson(given.config) };
  const training = readImages(input, 'training', given.training);
  const validation = readImages(input, 'validation', given.validation);
  const updates = updatesPerEpoch(request, training);
  const data = { training: await fingerprint(training), validation: await fingerprint(validation) };
  const resumed = readResumed(input, request, data);
  const features: GPUFeatureName[] = request.autotune === 'full' ? ['timestamp-query'] : [];
  const device = await Device.open(context.gpu, { now: context.now, features });
  try {
    const started = context.now();
    const store = messageStore(request.kept ?? {});
    const tiles = resumed ? tilesOfRun(resumed.run.tiles) : await chooseTiles(device, request, store, context);
    const start = resumed ? undefined : await startOf(request, input);
    const made = await prepare(device, request, start, updates, validation.count, tiles.tileConfig);
    const { model, trainer, inference } = made;
    if (resumed) trainer.restore(resumed.trainer);
    const saver = new StateSaver(request, trainer, context);
    await saver.prepare();
    const engine = engineOf(trainer, context);
    const first: RunMetadata = {
      ...{
        hyperparameters: hyperparametersOf(request),
        updatesPerEpoch: updates,
        epochs: [],
        runningMetrics: NO_METRICS,
        seconds: 0,
      },
      about: { ...start?.record, ...request.about },
      ...resumed?.run,
      ...{ data, engine, tiles: tiles.autotuneRecord },
      ...(request.out !== undefined && { out: request.out }),
    };
    const run = new Run({ request, context, trainer, inference, training, validation, saver }, first);
    const notes = [...tiles.notes, ...(resumed ? engineNotes(resumed.run.engine, engine) : [])];
    const ready: TrainEvent = {
      ...{ kind: 'ready', updates, seconds: (context.now() - started) / 1000, gpuBytes: trainer.allocatedBytes },
      ...{ tiles: tiles.source, notes, kept: tiles.source === 'measured' ? store.kept : {} },
      ...{ epochs: first.epochs, into: first.runningMetrics.updates },
    };
    context.report(ready);
    await run.go();
    const report = reportOf(run.record);
    if (report.interrupted) return message(report, { checkpoint: await saver.file(run.record) });
    const details = { ...(await detailsOf(request, run.record)), steps: trainer.stepCount };
    const state = await model.stateDict();
    const checkpoint = finite(trainer.stepCount, () => writeCheckpoint(model.network, state, details));
    return message(report, { checkpoint });
  } finally {
    device.destroy();
  }
};

function updatesPerEpoch({ batch, accumulate }: TrainRequest, { count }: LabelledImages): number {
  const updates = Math.floor(count / (batch * accumulate));
  if (updates > 0) return updates;
  throw new ConfigError('batchSize', batch * accumulate, `leaves no batch of ${count} images; lower it`);
}

/** The weights that a fine-tuning starts from, and what the checkpoint will say of that. @throws DataError, StateError */
async function startOf(
  { config, training, seed, trainable = 'all', classifier: wanted }: TrainRequest,
  input: Message,
) {
  const file = input.attachments.get('start');
  if (!file) return undefined;
  const from = readCheckpoint(file, 'start');
  const { state, classifier } = startingState(buildNetwork(config), from, training.classNames, seed, wanted);
  return { state, record: { fineTuned: trainable, classifier, start: await sha256(file) } };
}

/** What the attachment `resume` holds, under the epochs that were asked for. */
function readResumed(input: Message, request: TrainRequest, data: RunMetadata['data']) {
  const bytes = input.attachments.get('resume');
  if (!bytes) return undefined;
  const { run, trainer } = readTrainingState(bytes, 'the state to resume');
  return { run: resumedRun(run, request, data), trainer };
}

const engineOf = ({ plan, model }: Trainer, { host }: HostContext): EngineRecord => ({
  ...{ version: VERSION, host, gpu: model.device.adapter.name, plan: planHash(plan.builder.program) },
});

const reportOf = (run: RunMetadata): TrainReport => ({
  ...{ updates: stepOf(run), interrupted: !isComplete(run), seconds: run.seconds },
  validation: run.epochs.at(-1)?.validationAccuracy ?? null,
});
