// What a training run is asked to report, and what it reports on the way: the types that runs, the job `train`, the pages and the
// command line share.

import type { ImageDataset } from '../data/dataset.ts';
import type { JsonValue } from '../data/json.ts';
import type { BlockReuse } from '../densenet/explain/feature-reuse.ts';
import type { HyperparametersInput } from '../densenet/train/hyperparameters.ts';
import type { EpochMetrics } from '../densenet/train/run-metadata.ts';
import type { Signal } from '../runtime/signal.ts';

/** The size and classes of a data set, without its images. */
export type ImagesInfo = Pick<ImageDataset, 'count' | 'channels' | 'height' | 'width' | 'classNames'>;

export const imagesInfo = ({ count, channels, height, width, classNames }: ImagesInfo): ImagesInfo => ({
  count,
  channels,
  height,
  width,
  classNames,
});

/** How often a run's state is reported: after so many updates, or so many seconds. */
export type SaveEvery =
  | {
      /** Between two states. */
      readonly updates: number;
    }
  | {
      /** Between two states. */
      readonly seconds: number;
    };

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
  /** Report the network of each epoch that is among so many best ones so far (`best`); where nothing is validated, the last ones. */
  readonly reportBest?: number | undefined;
  /** Kept in the checkpoint beside the hyperparameters: what the caller wants to be known of this run. */
  readonly about?: Readonly<Record<string, JsonValue>> | undefined;
  /** Where the caller wants the checkpoint at the end: kept in the run's states, so that who goes on knows. */
  readonly out?: string | undefined;
};

/** How an epoch goes so far. */
export type Running = {
  /** Mean over the epoch so far. */
  readonly loss: number;
  /** Of the epoch's training images so far, the share that was right; of several labels per image, of the labels. */
  readonly accuracy: number;
  /** Since the epoch began, or the run went on. */
  readonly imagesPerSecond: number;
  /** Share of that time in which steps waited for their images. */
  readonly waiting: number;
  /** Of the last update. */
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
      /** Which epoch, counted from 0. */
      readonly epoch: number;
      /** The first of them, counted from 0; the others follow. */
      readonly first: number;
      /** Mean loss of each. */
      readonly losses: readonly number[];
      /** Shares of their images that were right. */
      readonly accuracies: readonly number[];
      /** Learning rate of each. */
      readonly learningRates: readonly number[];
      /** Since the epoch began, or the run went on. */
      readonly imagesPerSecond: number;
      /** Of training, from the run's start to the last of them. */
      readonly seconds: number;
    }
  | ({
      /** How the epoch goes so far. */
      readonly kind: 'progress';
      /** Which epoch, counted from 0. */
      readonly epoch: number;
      /** Of this epoch so far. */
      readonly updates: number;
    } & Running)
  | ({
      /** An epoch is over, and validated. */
      readonly kind: 'epoch';
      /** Which epoch, counted from 0. */
      readonly epoch: number;
      /** How strongly the layers use each other's output, where that was asked for. */
      readonly reuse?: readonly BlockReuse[];
      /** Of the validation images, [count][classes], where they were asked for. */
      readonly logits?: Float32Array<ArrayBuffer>;
    } & EpochMetrics)
  | {
      /** The network after this epoch, one of the best so far (`rankedEpochs`). */
      readonly kind: 'best';
      /** Which epoch, counted from 0. */
      readonly epoch: number;
      /** Epochs so far that are better: 0 is the best. */
      readonly rank: number;
      /** A safetensors file. */
      readonly checkpoint: Uint8Array<ArrayBuffer>;
    }
  | {
      /** The run's state, from which it can go on. */
      readonly kind: 'state';
      /** Epochs that are over. */
      readonly epoch: number;
      /** Of the epoch after them. */
      readonly updates: number;
      /** Updates in all. */
      readonly step: number;
      /** Whether the run has come to its end. */
      readonly complete: boolean;
      /** A safetensors file. */
      readonly state: Uint8Array<ArrayBuffer>;
    }
  | {
      /** A run that came to numbers that are not finite has no state to report. */
      readonly kind: 'unsaved';
      /** Updates in all. */
      readonly step: number;
      /** As a sentence. */
      readonly why: string;
    };

/** What a run needs of whoever runs it. */
export interface RunContext {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Told in order. */
  report(event: RunEvent): void;
  /** Aborted where the run is to end after the step under way. */
  readonly signal: Pick<Signal, 'aborted'>;
}

/** What a run has come to. */
export type TrainReport = {
  /** Of the whole run. */
  readonly updates: number;
  /** Whether it was told to stop before its end. */
  readonly interrupted: boolean;
  /** Whether early stopping ended the run before its last epoch. */
  readonly stoppedEarly: boolean;
  /** Accuracy on the validation images after the last whole epoch. */
  readonly validation: number | null;
  /** Of training in all, also before an interruption. */
  readonly seconds: number;
};
