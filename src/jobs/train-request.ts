// What the job `train` is asked for, what it asks and reports on the way, and what it answers.

import type { LabelledImages } from '../data/idx.ts';
import type { AutotuneMode } from '../densenet/autotune/autotune.ts';
import type { ClassifierStart } from '../densenet/train/fine-tune.ts';
import type { EpochMetrics } from '../densenet/train/run-metadata.ts';
import type { CompileProgress } from '../runtime/plan-pipelines.ts';
import type { ImagesInfo, RunEvent, RunSettings, TrainReport } from '../training/events.ts';
import type { CachedAutotunes } from './autotune.ts';

/** Images that the client keeps and hands over batch by batch, as it is asked (`ImagesQuestion`): those of a set larger than memory. */
export interface StreamedImages extends ImagesInfo {
  /** As a data set has them (data/dataset.ts). */
  readonly labels: Int32Array | Float32Array;
  /** SHA-256 of all pixels in their order, in hexadecimal. */
  readonly sha256: string;
}

/** Asked of the client: the pixels of these images, [indices.length][channels][height][width]. */
export interface ImagesQuestion {
  readonly part: keyof TrainImages;
  readonly indices: Uint32Array<ArrayBuffer>;
}

/** The images of a training. */
export interface TrainImages<Images = LabelledImages | StreamedImages> {
  readonly training: Images;
  /** Left out: nothing is validated. */
  readonly validation?: Images | undefined;
}

export type TrainRequest<Images = LabelledImages | StreamedImages> = RunSettings &
  TrainImages<Images> & {
    /** Tiles: the defaults (where it is left out), those cached, or measured before the first step; cached records, by key. */
    readonly autotune?: AutotuneMode;
    readonly kept?: CachedAutotunes;
    /**
     * On a software GPU: false for shaders that compile sooner and run slower, for a run of a few updates. Default true; the
     * same sums either way.
     */
    readonly unrollOnSoftware?: boolean;
    /**
     * What becomes of the classifier that a fine-tuning starts from. Left out: it is kept where its classes have the images'
     * names, or as many where it names none, and is initialised anew otherwise.
     */
    readonly classifier?: ClassifierStart;
    /** What a fine-tuning starts from, a safetensors file. Left out: the weights are initialised from the seed. */
    readonly start?: Uint8Array | undefined;
    /**
     * A run's state: the run goes on where that stands. Its hyperparameters must be the request's, its images these; only
     * `epochs` may be more, where the schedule is constant.
     */
    readonly resume?: Uint8Array | undefined;
  };

/** Events: `compile` while shaders are compiled, one `ready`, and then those of the run. */
export type TrainEvent =
  | ({ readonly kind: 'compile' } & CompileProgress)
  | {
      readonly kind: 'ready';
      /** Of each epoch. */
      readonly updates: number;
      readonly seconds: number;
      readonly gpuBytes: number;
      /** Where the tiles come from, and what else is to be known: notes of the autotuner, how batches were split. */
      readonly tiles: 'defaults' | 'cache' | 'measured';
      readonly notes: readonly string[];
      /** Autotune records to cache. */
      readonly kept: CachedAutotunes;
      /** Epochs that the run has behind it, and updates of the one it is in: where a resumed run goes on. */
      readonly epochs: readonly EpochMetrics[];
      readonly into: number;
    }
  | RunEvent;

export interface TrainAnswer {
  readonly report: TrainReport;
  /** The network of a run at its end, and of an interrupted one the whole state: a safetensors file. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
}

/** A request without its images, and without what belongs to one call. */
export type TrainingSettings = Omit<
  TrainRequest,
  keyof TrainImages | 'autotune' | 'kept' | 'saveEvery' | 'out' | 'start' | 'resume'
>;
