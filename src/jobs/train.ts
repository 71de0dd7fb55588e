// The job `train`: trains on images that came with the request, from the seed or from a run's state, reports how it goes,
// and answers with a checkpoint. Told to stop, it ends after the step under way; its checkpoint then is the run's state,
// from which it goes on as if it had never stopped. What is not finite is not answered: the job fails.

import type { LabelledImages } from '../data/idx.ts';
import type { JsonValue } from '../data/json.ts';
import { type AutotuneMode, autotune } from '../densenet/autotune/autotune.ts';
import { type AutotuneCache, type AutotuneRecord, tileConfigOf } from '../densenet/autotune/cache.ts';
import type { DenseNetConfig } from '../densenet/config.ts';
import type { BlockReuse } from '../densenet/explain/feature-reuse.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import { buildNetwork } from '../densenet/network.ts';
import { compileTraining, planHash } from '../densenet/plan/plan.ts';
import { DEFAULT_TILES, type TileConfig } from '../densenet/plan/tile-config.ts';
import type { StateDict } from '../densenet/state-dict.ts';
import { readCheckpoint, writeCheckpoint } from '../densenet/train/checkpoint.ts';
import { type ClassifierStart, startingState } from '../densenet/train/fine-tune.ts';
import { type HyperparametersInput, hyperparametersOf, scheduleOf } from '../densenet/train/hyperparameters.ts';
import {
  type EngineRecord,
  type EpochMetrics,
  isComplete,
  type RunMetadata,
  stepOf,
} from '../densenet/train/run-metadata.ts';
import { Trainer } from '../densenet/train/trainer.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import { Device } from '../runtime/device.ts';
import { ConfigError } from '../runtime/errors.ts';
import { VERSION } from '../version.ts';
import { type CachedAutotunes, messageStore, userAgentOf } from './autotune.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { NO_METRICS, Run } from './train-run.ts';
import { detailsOf, engineNotes, fingerprint, finite, resumedRun, StateSaver, sha256 } from './train-state.ts';

/** The size and classes of a set of images, without their bytes. */
export type ImagesInfo = Omit<LabelledImages, 'pixels' | 'labels'>;

export const imagesInfo = ({ count, channels, height, width, classNames }: LabelledImages): ImagesInfo => ({
  count,
  channels,
  height,
  width,
  classNames,
});

export type TrainRequest = HyperparametersInput & {
  /** Tiles: the defaults (where it is left out), those cached, or measured before the first step; cached records, by key. */
  readonly autotune?: AutotuneMode;
  readonly kept?: CachedAutotunes;
  /**
   * On a software GPU: false for shaders that compile sooner and run slower, for a run of a few updates. Default true; the
   * same sums either way.
   */
  readonly unrollOnSoftware?: boolean;
  /** Report the run's state so often, and when it is complete; left out: never. */
  readonly saveEvery?: SaveEvery;
  /**
   * What becomes of the classifier that a fine-tuning starts from. Left out: it is kept where its classes have the images'
   * names, or as many where it names none, and is initialised anew otherwise.
   */
  readonly classifier?: ClassifierStart;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  /** What a fine-tuning starts from, a safetensors file. Left out: the weights are initialised from the seed. */
  readonly start?: Uint8Array | undefined;
  /**
   * A run's state: the run goes on where that stands. Its hyperparameters must be the request's, its images these; only
   * `epochs` may be more, where the schedule is constant.
   */
  readonly resume?: Uint8Array | undefined;
  /** Each `epoch` brings the validation images' logits. */
  readonly reportLogits?: boolean;
  /** Each `epoch` says how strongly the network's layers use each other's output (explain/feature-reuse.ts). */
  readonly reportReuse?: boolean;
  /** Kept in the checkpoint beside the hyperparameters: what the caller wants to be known of this run. */
  readonly about?: Readonly<Record<string, JsonValue>>;
  /** Where the caller wants the checkpoint at the end: kept in the run's states, so that who goes on knows. */
  readonly out?: string;
};

export type SaveEvery = { readonly updates: number } | { readonly seconds: number };

/**
 * Events, in this order: one `ready`, then for every epoch some `progress` and one `epoch`, and between them `state`, a
 * file (training-state.ts). A run that comes to numbers that are not finite reports the state after its last
 * good step, or `unsaved`, and then fails.
 */
export type TrainEvent =
  | {
      readonly kind: 'ready';
      readonly updates: number;
      readonly seconds: number;
      readonly gpuBytes: number;
      /** Where the tiles come from, and notes of the autotuner. */
      readonly tiles: 'defaults' | 'cache' | 'measured';
      readonly notes: readonly string[];
      /** Autotune records to cache. */
      readonly kept: CachedAutotunes;
      /** Epochs that the run has behind it, and updates of the one it is in: where a resumed run goes on. */
      readonly epochs: readonly EpochMetrics[];
      readonly into: number;
    }
  | ({ readonly kind: 'progress'; readonly epoch: number; readonly updates: number } & Running)
  | ({
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly reuse?: readonly BlockReuse[];
      /** Of the validation images, [count][classes]. */
      readonly logits?: Float32Array<ArrayBuffer>;
    } & EpochMetrics)
  | {
      readonly kind: 'state';
      /** Whole epochs, updates into the next, and updates in all. */
      readonly epoch: number;
      readonly updates: number;
      readonly step: number;
      readonly complete: boolean;
      readonly state: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'unsaved'; readonly step: number; readonly why: string };

export type Running = {
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  /** Since the epoch began, or the run went on. */
  readonly imagesPerSecond: number;
  readonly learningRate: number;
};

export type TrainReport = {
  readonly updates: number;
  readonly interrupted: boolean;
  /** Whether early stopping ended the run before its last epoch. */
  readonly stoppedEarly: boolean;
  /** Accuracy on the validation images after the last whole epoch. */
  readonly validation: number | null;
  /** Of training in all, also before an interruption. */
  readonly seconds: number;
};

export interface TrainAnswer {
  readonly report: TrainReport;
  /** The network of a run at its end, and of an interrupted one the whole state: a safetensors file. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
}

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
