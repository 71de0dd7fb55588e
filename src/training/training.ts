// A training of a network that is on the GPU: what has to be made for it, where it starts or goes on, and what it comes to. `fit` and
// the job `train` are this with a network of their own.

import type { ImageDataset } from '../data/dataset.ts';
import type { AutotuneRecord } from '../densenet/autotune/cache.ts';
import type { MapSize } from '../densenet/config.ts';
import { Inference } from '../densenet/inference.ts';
import type { DenseNet } from '../densenet/model.ts';
import type { Augmenter } from '../densenet/plan/augmenter.ts';
import { planHash } from '../densenet/plan/plan.ts';
import type { TileConfig } from '../densenet/plan/tile-config.ts';
import { type Augmentation, basicOnly } from '../densenet/train/augmentation.ts';
import type { BasicAugmentation } from '../densenet/train/basic-augmentation.ts';
import { epochShape } from '../densenet/train/epoch-shape.ts';
import { type Hyperparameters, hyperparametersOf, scheduleOf } from '../densenet/train/hyperparameters.ts';
import { type DataFingerprint, isComplete, type RunMetadata, stepOf } from '../densenet/train/run-metadata.ts';
import { sourceOf } from '../densenet/train/source-size.ts';
import { Trainer } from '../densenet/train/trainer.ts';
import type { TrainingState } from '../densenet/train/training-state.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { OnCompile, Unroll } from '../runtime/plan-pipelines.ts';
import { VERSION } from '../version.ts';
import type { RunContext, RunSettings, TrainReport } from './events.ts';
import { withFittingBatch } from './fitting-batch.ts';
import { NO_METRICS, Run, type Validating } from './run.ts';
import { engineNotes, StateSaver } from './state.ts';
import { trainerOptions } from './trainer-setup.ts';

/** The images of a training and which they are. */
export interface TrainingData {
  readonly training: ImageDataset;
  /** Left out: nothing is validated. */
  readonly validation?: ImageDataset | undefined;
  readonly fingerprints: RunMetadata['data'];
}

export interface TrainingSetup {
  readonly model: DenseNet;
  readonly settings: RunSettings;
  readonly data: TrainingData;
  /** The host's name, for the run's record. */
  readonly host: string;
  readonly tileConfig?: TileConfig | undefined;
  /** What chose the tiles; null: they are the defaults. */
  readonly autotuneRecord?: AutotuneRecord | null;
  readonly unroll?: Unroll | undefined;
  /** Told how far compiling the training is. */
  readonly onCompile?: OnCompile | undefined;
  /** What the trainer is given for the settings' augmentation. Left out: mirroring and shifting, and an error for others. */
  readonly augment?: BasicAugmentation | Augmenter;
  /** The state to go on from: its run is already under the settings' hyperparameters. */
  readonly resume?: TrainingState | undefined;
}

/**
 * What a trainer is given for the augmentation of a run.
 * @param source of the training images, where it is not the network's size (`sourceOf`)
 * @throws ConfigError for what it cannot do
 */
export type AugmentationChoice = (augmentation: Augmentation, source?: MapSize) => BasicAugmentation | Augmenter;

/** @throws ConfigError where the images are too few for an update */
export function updatesPerEpoch(hyperparameters: Hyperparameters, { count }: Pick<DataFingerprint, 'count'>): number {
  const { updates, update } = epochShape(hyperparameters, count);
  if (updates > 0) return updates;
  throw new ConfigError('batchSize', update, `leaves no batch of ${count} images; lower it`);
}

/** A training that is set up. */
export class Training {
  /** What is to be known before the first step. */
  readonly notes: readonly string[];

  private constructor(
    private readonly trainer: Trainer,
    private readonly validating: Validating | undefined,
    private readonly saver: StateSaver,
    private readonly run: Run,
    /** Where it starts. */
    readonly start: RunMetadata,
    notes: readonly string[],
  ) {
    this.notes = notes;
  }

  /**
   * Where memory runs out for a new run, its batches are split (`withFittingBatch`), and its record and states say so; a run that
   * goes on has the micro-batches that it had.
   * @throws LimitError before anything is allocated; ConfigError, GpuError, DeviceLostError, with nothing left allocated
   */
  static async create(setup: TrainingSetup, context: RunContext): Promise<Training> {
    if (setup.resume) return Training.make(setup, context);
    const { settings } = setup;
    return withFittingBatch(settings, (batching, notes) =>
      Training.make({ ...setup, settings: { ...settings, ...batching } }, context, notes),
    );
  }

  /** @param before notes ahead of its own */
  private static async make(
    setup: TrainingSetup,
    context: RunContext,
    before: readonly string[] = [],
  ): Promise<Training> {
    const { model, settings, data, resume, tileConfig, autotuneRecord = null, unroll } = setup;
    const hyperparameters = hyperparametersOf(settings);
    const { normalisation, precision, earlyStop } = hyperparameters;
    const { training, validation } = data;
    if (earlyStop > 0 && !validation)
      throw new ConfigError('earlyStop', earlyStop, 'needs a validation set; leave it out without one');
    if (hyperparameters.schedule === 'plateau' && !validation)
      throw new ConfigError('schedule', 'plateau', 'needs a validation set: it goes by the validation loss');
    const updates = updatesPerEpoch(hyperparameters, training);
    const { batch, images } = epochShape(hyperparameters, training.count);
    let run: Run | undefined;
    // Plateau goes by the epochs so far; those of a run that goes on are there before its first step.
    const epochs = () => run?.record.epochs ?? [];
    const [trainer, inference] = await bothOrNone(
      Trainer.create(
        model,
        trainerOptions(hyperparameters, training, {
          schedule: scheduleOf(hyperparameters, updates, epochs),
          augment: setup.augment ?? basicOnly(hyperparameters.augment, sourceOf(training, hyperparameters)),
          tileConfig,
          unroll,
          onCompile: setup.onCompile,
        }),
      ),
      validation &&
        Inference.create(model, {
          batch: Math.min(batch, validation.count),
          normalisation,
          precision,
          ...(tileConfig && { tileConfig }),
          ...(unroll !== undefined && { unroll }),
        }),
    );
    const validating = inference && validation && { inference, images: validation };
    let saver: StateSaver;
    try {
      if (resume) trainer.restore(resume.trainer);
      saver = new StateSaver(settings, training, trainer, context);
      await saver.prepare();
    } catch (error) {
      trainer.destroy();
      inference?.destroy();
      throw error;
    }
    const engine = {
      version: VERSION,
      host: setup.host,
      gpu: model.device.adapter.name,
      plan: planHash(trainer.plan.builder.program),
    };
    const start: RunMetadata = {
      hyperparameters,
      updatesPerEpoch: updates,
      epochs: [],
      runningMetrics: NO_METRICS,
      seconds: 0,
      about: { ...settings.about },
      ...resume?.run,
      data: data.fingerprints,
      engine,
      tiles: autotuneRecord,
      ...(settings.out !== undefined && { out: settings.out }),
    };
    run = new Run({ settings, context, trainer, validating, training, saver }, start);
    const left = hyperparameters.dropLast ? 0 : training.count - images;
    const notes = [
      ...before,
      ...(left > 0
        ? [`${left} of ${training.count} images per epoch are left out: alone in a batch they have no batch statistics`]
        : []),
      ...(resume ? engineNotes(resume.run.engine, engine) : []),
    ];
    return new Training(trainer, validating, saver, run, start, notes);
  }

  get gpuBytes(): number {
    return this.trainer.allocatedBytes;
  }

  /**
   * Trains to the end, or to the step in which the signal came.
   * @returns the report, and a safetensors file: the network, or, of an interrupted run, its state
   * @throws NotFiniteError, DenseNetError ('not-finite'), GpuError, DeviceLostError; what the data set's `read` throws
   */
  async go(): Promise<{ readonly report: TrainReport; readonly checkpoint: Uint8Array<ArrayBuffer> }> {
    const { run, saver } = this;
    await run.go();
    const report = reportOf(run.record);
    const checkpoint = report.interrupted ? await saver.file(run.record) : await saver.checkpoint(run.record);
    return { report, checkpoint };
  }

  /** Where the run stands, once `go` has resolved. */
  get record(): RunMetadata {
    return this.run.record;
  }

  /** Frees what was made for the training; the network stays. */
  destroy(): void {
    this.trainer.destroy();
    this.validating?.inference.destroy();
  }
}

/** Both things on the GPU; where one cannot be made, the other is freed. @throws the first's error, or the second's */
async function bothOrNone<A extends Destroyable, B extends Destroyable>(
  first: Promise<A>,
  second: Promise<B> | undefined,
): Promise<readonly [A, B | undefined]> {
  const [one, other] = await Promise.allSettled([first, second]);
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value];
  if (one.status === 'fulfilled') one.value.destroy();
  if (other.status === 'fulfilled') other.value?.destroy();
  throw one.status === 'rejected' ? one.reason : other.status === 'rejected' ? other.reason : undefined;
}

interface Destroyable {
  destroy(): void;
}

const reportOf = (run: RunMetadata): TrainReport => ({
  updates: stepOf(run),
  interrupted: !isComplete(run),
  stoppedEarly: isComplete(run) && run.epochs.length < run.hyperparameters.epochs,
  seconds: run.seconds,
  validation: run.epochs.at(-1)?.validationAccuracy ?? null,
});
