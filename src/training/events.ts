// What a training run is asked to report, and what it reports on the way: the types that runs, the job `train`, the pages and the
// command line share.

import type { ImageDataset } from '../data/dataset.ts';
import type { JsonValue } from '../data/json.ts';
import type { BlockReuse } from '../densenet/explain/feature-reuse.ts';
import type { HyperparametersInput } from '../densenet/train/hyperparameters.ts';
import type { EpochMetrics } from '../densenet/train/run-metadata.ts';
import type { Signal } from '../runtime/opening.ts';

/** The size and classes of a data set, without its images. */
export type ImagesInfo = Pick<ImageDataset, 'count' | 'channels' | 'height' | 'width' | 'classNames'>;

export const imagesInfo = ({ count, channels, height, width, classNames }: ImagesInfo): ImagesInfo => ({
  count,
  channels,
  height,
  width,
  classNames,
});

export type SaveEvery = { readonly updates: number } | { readonly seconds: number };

/** How a run is trained, and what it reports. */
export type RunSettings = HyperparametersInput & {
  /** Report the run's state so often, and when it is complete; left out: never. */
  readonly saveEvery?: SaveEvery | undefined;
  /** Each `epoch` brings the validation images' logits. */
  readonly reportLogits?: boolean | undefined;
  /** Each `epoch` says how strongly the network's layers use each other's output (explain/feature-reuse.ts). */
  readonly reportReuse?: boolean | undefined;
  /** Report every step (`steps`), not only how an epoch goes so far. */
  readonly reportSteps?: boolean | undefined;
  /** Report the network of each epoch that is the best so far (`best`). */
  readonly reportBest?: boolean | undefined;
  /** Kept in the checkpoint beside the hyperparameters: what the caller wants to be known of this run. */
  readonly about?: Readonly<Record<string, JsonValue>> | undefined;
  /** Where the caller wants the checkpoint at the end: kept in the run's states, so that who goes on knows. */
  readonly out?: string | undefined;
};

export type Running = {
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  /** Since the epoch began, or the run went on. */
  readonly imagesPerSecond: number;
  /** Share of that time in which steps waited for their images. */
  readonly waiting: number;
  readonly learningRate: number;
};

/**
 * Events of a run: for every epoch some `progress` and one `epoch`, behind it perhaps `best`, and between them `state`, a file
 * (training-state.ts). A run that comes to numbers that are not finite reports the state after its last good step, or
 * `unsaved`, and then fails.
 */
export type RunEvent =
  | {
      /** Steps that are done, several at a time: a fast GPU takes thousands per second. Ahead of any `epoch` or `state` that is behind them. */
      readonly kind: 'steps';
      readonly epoch: number;
      /** The first of them, counted from 0; the others follow. */
      readonly first: number;
      readonly losses: readonly number[];
      /** Shares of their images that were right. */
      readonly accuracies: readonly number[];
      readonly learningRates: readonly number[];
      readonly imagesPerSecond: number;
      /** Of training, from the run's start to the last of them. */
      readonly seconds: number;
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
      /** The network after this epoch, the best so far (`bestEpoch`): a safetensors file. */
      readonly kind: 'best';
      readonly epoch: number;
      readonly checkpoint: Uint8Array<ArrayBuffer>;
    }
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

/** What a run needs of whoever runs it. */
export interface RunContext {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Told in order. */
  report(event: RunEvent): void;
  /** Aborted where the run is to end after the step under way. */
  readonly signal: Pick<Signal, 'aborted'>;
}

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
