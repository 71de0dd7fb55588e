// The job `train`: trains on images that came with the request, from the seed or from a run's state, reports how it goes,
// and answers with a checkpoint. Told to stop, it ends after the step under way; its checkpoint then is the run's state,
// from which it goes on as if it had never stopped. What is not finite is not answered: the job fails.

import type { LabelledImages } from '../data/idx.ts';
import { autotune } from '../densenet/autotune/autotune.ts';
import { type AutotuneCache, type AutotuneRecord, tileConfigOf } from '../densenet/autotune/cache.ts';
import type { DenseNetConfig } from '../densenet/config.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import { buildNetwork } from '../densenet/network.ts';
import { compileTraining, planHash } from '../densenet/plan/plan.ts';
import { DEFAULT_TILES, type TileConfig } from '../densenet/plan/tile-config.ts';
import type { StateDict } from '../densenet/state-dict.ts';
import { readCheckpoint, writeCheckpoint } from '../densenet/train/checkpoint.ts';
import { startingState } from '../densenet/train/fine-tune.ts';
import { hyperparametersOf, scheduleOf } from '../densenet/train/hyperparameters.ts';
import { type EngineRecord, isComplete, type RunMetadata, stepOf } from '../densenet/train/run-metadata.ts';
import { Trainer } from '../densenet/train/trainer.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import { Device } from '../runtime/device.ts';
import { ConfigError } from '../runtime/errors.ts';
import { VERSION } from '../version.ts';
import { messageStore, userAgentOf } from './autotune.ts';
import { defineJob, type JobContext } from './define-job.ts';
import type { TrainAnswer, TrainEvent, TrainReport, TrainRequest } from './train-request.ts';
import { NO_METRICS, Run } from './train-run.ts';
import { detailsOf, engineNotes, fingerprint, finite, resumedRun, StateSaver, sha256 } from './train-state.ts';

/** @throws ConfigError, DataError for a bad state, LimitError, NoGpuError, GpuError, NotFiniteError, DeviceLostError */
export const trainJob = defineJob('train', train);

async function train(given: TrainRequest, context: JobContext<TrainEvent>): Promise<TrainAnswer> {
  const request = { ...given, ...hyperparametersOf(given) };
  const { training, validation } = request;
  const updates = updatesPerEpoch(request, training);
  const data = { training: await fingerprint(training), validation: await fingerprint(validation) };
  const resumed = readResumed(request, data);
  const features: GPUFeatureName[] = request.autotune === 'full' ? ['timestamp-query'] : [];
  const device = await Device.open(context.gpu, { now: context.now, features });
  try {
    const started = context.now();
    const cache = messageStore(request.kept ?? {});
    const tiles = resumed ? tilesOfRun(resumed.run.tiles) : await chooseTiles(device, request, cache, context);
    const start = resumed ? undefined : await startOf(request);
    const made = await prepare(device, request, start, updates, validation.count, tiles.tileConfig);
    const { model, trainer, inference } = made;
    if (resumed) trainer.restore(resumed.trainer);
    const saver = new StateSaver(request, trainer, context);
    await saver.prepare();
    const engine = engineOf(trainer, context);
    const first: RunMetadata = {
      hyperparameters: hyperparametersOf(request),
      updatesPerEpoch: updates,
      epochs: [],
      runningMetrics: NO_METRICS,
      seconds: 0,
      about: { ...start?.record, ...request.about },
      ...resumed?.run,
      data,
      engine,
      tiles: tiles.autotuneRecord,
      ...(request.out !== undefined && { out: request.out }),
    };
    const run = new Run({ request, context, trainer, inference, training, validation, saver }, first);
    const notes = [...tiles.notes, ...(resumed ? engineNotes(resumed.run.engine, engine) : [])];
    context.report({
      kind: 'ready',
      updates,
      seconds: (context.now() - started) / 1000,
      gpuBytes: trainer.allocatedBytes,
      tiles: tiles.source,
      notes,
      kept: tiles.source === 'measured' ? cache.kept : {},
      epochs: first.epochs,
      into: first.runningMetrics.updates,
    });
    await run.go();
    const report = reportOf(run.record);
    if (report.interrupted) return { report, checkpoint: await saver.file(run.record) };
    const details = { ...(await detailsOf(request, run.record)), steps: trainer.stepCount };
    const state = await model.stateDict();
    const checkpoint = finite(trainer.stepCount, () => writeCheckpoint(model.network, state, details));
    return { report, checkpoint };
  } finally {
    device.destroy();
  }
}

function updatesPerEpoch({ batch, accumulate }: TrainRequest, { count }: LabelledImages): number {
  const updates = Math.floor(count / (batch * accumulate));
  if (updates > 0) return updates;
  throw new ConfigError('batchSize', batch * accumulate, `leaves no batch of ${count} images; lower it`);
}

/** The weights that a fine-tuning starts from, and what the checkpoint will say of that. @throws DataError, StateError */
async function startOf(request: TrainRequest) {
  const { config, training, seed, trainable = 'all', classifier: wanted, start: file } = request;
  if (!file) return undefined;
  const from = readCheckpoint(file, 'start');
  const { state, classifier } = startingState(buildNetwork(config), from, training.classNames, seed, wanted);
  return { state, record: { fineTuned: trainable, classifier, start: await sha256(file) } };
}

/** The state to resume, under the epochs that were asked for. */
function readResumed(request: TrainRequest, data: RunMetadata['data']) {
  if (!request.resume) return undefined;
  const { run, trainer } = readTrainingState(request.resume, 'the state to resume');
  return { run: resumedRun(run, request, data), trainer };
}

const engineOf = ({ plan, model }: Trainer, { host }: JobContext<TrainEvent>): EngineRecord => ({
  version: VERSION,
  host,
  gpu: model.device.adapter.name,
  plan: planHash(plan.builder.program),
});

const reportOf = (run: RunMetadata): TrainReport => ({
  updates: stepOf(run),
  interrupted: !isComplete(run),
  stoppedEarly: isComplete(run) && run.epochs.length < run.hyperparameters.epochs,
  seconds: run.seconds,
  validation: run.epochs.at(-1)?.validationAccuracy ?? null,
});

interface Tiles {
  readonly tileConfig: TileConfig;
  readonly source: Extract<TrainEvent, { kind: 'ready' }>['tiles'];
  /** What chose them; null: the defaults. */
  readonly autotuneRecord: AutotuneRecord | null;
  readonly notes: readonly string[];
}

/** A run that goes on keeps its tiles: others round otherwise. */
const tilesOfRun = (autotuneRecord: AutotuneRecord | null): Tiles => ({
  tileConfig: autotuneRecord ? tileConfigOf(autotuneRecord) : DEFAULT_TILES,
  source: autotuneRecord ? 'cache' : 'defaults',
  autotuneRecord,
  notes: [],
});

async function chooseTiles(
  device: Device,
  request: TrainRequest,
  cache: AutotuneCache,
  { host, signal }: JobContext<TrainEvent>,
): Promise<Tiles> {
  const { config, batch, optimizer, recompute, precision, autotune: mode = 'off' } = request;
  const workload = { plan: 'training', batch, optimizer: optimizer.kind, recompute } as const;
  const target = { device, network: buildNetwork(config) };
  const { tileConfig, source, autotuneRecord, notes } = await autotune(target, {
    mode,
    workloads: [workload],
    precision,
    cache,
    userAgent: userAgentOf(host),
    signal,
  });
  return { tileConfig, source, notes, autotuneRecord: source === 'defaults' ? null : autotuneRecord };
}

/** @throws LimitError before anything is allocated; ConfigError, GpuError */
async function prepare(
  device: Device,
  request: TrainRequest,
  start: { readonly state: StateDict } | undefined,
  updates: number,
  validationCount: number,
  tileConfig: TileConfig,
) {
  const { config, batch, optimizer, normalisation, recompute, seed } = request;
  const { precision = 'f32', trainable = 'all', unrollOnSoftware = true } = request;
  const unroll = device.adapter.software ? unrollOnSoftware : true;
  const schedule = scheduleOf(request, updates);
  checkFits(device, config, request);
  const model = await DenseNet.create(device, config, start ? { state: start.state } : { seed });
  const [trainer, inference] = await Promise.all([
    Trainer.create(model, {
      batch,
      optimizer,
      schedule,
      normalisation,
      recompute,
      precision,
      seed,
      tileConfig,
      trainable,
      labelSmoothing: request.labelSmoothing,
      clip: request.clip,
      augment: request.augment,
      unroll,
    }),
    Inference.create(model, { batch: Math.min(batch, validationCount), normalisation, precision, tileConfig, unroll }),
  ]);
  return { model, trainer, inference };
}

/** Before the parameters are made: a network past all memory is a sentence, not a failed allocation. */
function checkFits({ gpu }: Device, config: DenseNetConfig, request: TrainRequest): void {
  const { batch, optimizer, recompute, precision = 'f32', trainable = 'all' } = request;
  const options = { loss: 'cross-entropy', optimizer: optimizer.kind, recompute, precision, trainable } as const;
  compileTraining(buildNetwork(config), batch, { ...options, input: 'bytes' }, gpu.limits);
}
