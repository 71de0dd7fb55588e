// What the job `train` is asked, what it tells, what it answers. Types only.

import type { AutotuneMode } from '../densenet/autotune/autotune.ts';
import type { BlockReuse } from '../densenet/explain/feature-reuse.ts';
import type { ClassifierStart } from '../densenet/train/fine-tune.ts';
import type { Hyperparameters } from '../densenet/train/hyperparameters.ts';
import type { EpochMetrics } from '../densenet/train/run-metadata.ts';
import type { CachedAutotunes } from './autotune-message.ts';
import type { ImagesHead } from './labelled.ts';
import type { JsonValue } from './message.ts';

/**
 * The request's head. Images come as attachments `training.*` and `validation.*` (labelled.ts), what a fine-tuning starts
 * from as `start`, a safetensors file: without it the weights are fresh. With the attachment `resume`, a run's state, the
 * run goes on where that stands: its recipe must be the request's, its images these; only `epochs` may be more, where the
 * schedule is constant.
 */
export type TrainRequest = Hyperparameters & {
  /** Tiles: the defaults (where it is left out), those kept, or measured before the first step; what was kept, by key. */
  readonly autotune?: AutotuneMode;
  readonly kept?: CachedAutotunes;
  /**
   * On a software GPU, 'kept': shaders that compile sooner and run slower, for a run of a few updates. Default 'unrolled';
   * the same sums either way.
   */
  readonly unrollOnSoftware?: boolean;
  /** Tell the run's state so often, and when it is complete; left out: never. */
  readonly saveEvery?: SaveEvery;
  /**
   * What becomes of the classifier that a fine-tuning starts from. Left out: it is kept where its classes have the images'
   * names, or as many where it names none, and is fresh otherwise.
   */
  readonly classifier?: ClassifierStart;
  readonly training: ImagesHead;
  readonly validation: ImagesHead;
  /** Each `epoch` brings the held-out images' logits as attachment `logits`, float32 [count][classes]. */
  readonly reportLogits?: boolean;
  /** Each `epoch` says how strongly the network's layers use each other's output (explain/feature-reuse.ts). */
  readonly reportReuse?: boolean;
  /** Kept in the checkpoint beside the recipe: what the caller wants to be known of this run. */
  readonly about?: Readonly<Record<string, JsonValue>>;
  /** Where the caller wants the checkpoint at the end: kept in the run's states, so that who goes on knows. */
  readonly out?: string;
};

export type SaveEvery = { readonly updates: number } | { readonly seconds: number };

/**
 * Events, in this order: one `ready`, then for every epoch some `progress` and one `epoch`, and between them `state`, with
 * the attachment `state` (training-state.ts). A run that comes to numbers that are not finite tells the state after its last
 * good step, or `unsaved`, and then fails.
 */
export type TrainEvent =
  | {
      readonly kind: 'ready';
      readonly updates: number;
      readonly seconds: number;
      readonly gpuBytes: number;
      /** Where the tiles come from, and what the tuner had to say. */
      readonly tiles: 'defaults' | 'cache' | 'measured';
      readonly notes: readonly string[];
      /** Tunings to keep. */
      readonly kept: CachedAutotunes;
      /** Epochs that the run has behind it, and updates of the one it is in: where a resumed run goes on. */
      readonly epochs: readonly EpochMetrics[];
      readonly into: number;
    }
  | ({ readonly kind: 'progress'; readonly epoch: number; readonly updates: number } & Running)
  | ({ readonly kind: 'epoch'; readonly epoch: number; readonly reuse?: readonly BlockReuse[] } & EpochMetrics)
  | {
      readonly kind: 'state';
      /** Whole epochs, updates into the next, and updates in all. */
      readonly epoch: number;
      readonly updates: number;
      readonly step: number;
      readonly complete: boolean;
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

/** Beside it the attachment `checkpoint`: the network of a run at its end, and of an interrupted one the whole state. */
export type TrainReport = {
  readonly updates: number;
  readonly interrupted: boolean;
  /** Accuracy on the held-out images after the last whole epoch. */
  readonly validation: number | null;
  /** Of training in all, also before an interruption. */
  readonly seconds: number;
};
