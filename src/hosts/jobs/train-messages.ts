// What the job `train` is asked, what it tells, what it answers. Types only.

import type { BlockReuse } from '../../densenet/explain/feature-reuse.ts';
import type { ClassifierStart } from '../../densenet/training/fine-tune.ts';
import type { Recipe } from '../../densenet/training/recipe.ts';
import type { EpochRecord } from '../../densenet/training/run-record.ts';
import type { TuneMode } from '../../densenet/tune/tune.ts';
import type { Loops } from '../../runtime/specialize.ts';
import type { KeptTunings } from '../kept-tunings.ts';
import type { JsonValue } from '../message.ts';
import type { ImagesHead } from './labelled.ts';

/**
 * The request's head. Images come as attachments `training.*` and `heldOut.*` (labelled.ts), what a fine-tuning starts
 * from as `start`, a safetensors file: without it the weights are fresh. With the attachment `resume`, a run's state, the
 * run goes on where that stands: its recipe must be the request's, its images these; only `epochs` may be more, where the
 * schedule is constant.
 */
export type TrainRequest = Recipe & {
  /** Tiles: the defaults (where it is left out), those kept, or measured before the first step; what was kept, by key. */
  readonly tune?: TuneMode;
  readonly kept?: KeptTunings;
  /**
   * On a software GPU, 'kept': shaders that compile sooner and run slower, for a run of a few updates. Default 'unrolled';
   * the same sums either way.
   */
  readonly softwareLoops?: Loops;
  /** Tell the run's state so often, and when it is complete; left out: never. */
  readonly saveEvery?: SaveEvery;
  /**
   * What becomes of the classifier that a fine-tuning starts from. Left out: it is kept where its classes have the images'
   * names, or as many where it names none, and is fresh otherwise.
   */
  readonly classifier?: ClassifierStart;
  readonly training: ImagesHead;
  readonly heldOut: ImagesHead;
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
      readonly kept: KeptTunings;
      /** Epochs that the run has behind it, and updates of the one it is in: where a resumed run goes on. */
      readonly epochs: readonly EpochRecord[];
      readonly into: number;
    }
  | ({ readonly kind: 'progress'; readonly epoch: number; readonly updates: number } & Running)
  | ({ readonly kind: 'epoch'; readonly epoch: number; readonly reuse?: readonly BlockReuse[] } & EpochRecord)
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
  readonly heldOut: number | null;
  /** Of training in all, also before an interruption. */
  readonly seconds: number;
};
