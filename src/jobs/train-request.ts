// What the job `train` is asked for, what it reports on the way, and what it answers: the types that its parts, the hosts and
// the pages share.

import type { LabelledImages } from '../data/idx.ts';
import type { JsonValue } from '../data/json.ts';
import type { AutotuneMode } from '../densenet/autotune/autotune.ts';
import type { BlockReuse } from '../densenet/explain/feature-reuse.ts';
import type { ClassifierStart } from '../densenet/train/fine-tune.ts';
import type { HyperparametersInput } from '../densenet/train/hyperparameters.ts';
import type { EpochMetrics } from '../densenet/train/run-metadata.ts';
import type { CachedAutotunes } from './autotune.ts';

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

export type TrainingSettings = Omit<
  TrainRequest,
  'training' | 'validation' | 'autotune' | 'kept' | 'saveEvery' | 'out' | 'start' | 'resume'
>;
