// What a report is made of: plain data. Everything but the title may be missing; its section then is.

import type { EvaluationReport } from '../metrics/evaluation.ts';

/** A label and what there is to say of it. */
export type Fact = readonly [label: string, value: string | number];

/** Facts under a heading: hyperparameters, the machine, versions. */
export interface FactGroup {
  /** The heading. */
  readonly title: string;
  /** One per line. */
  readonly facts: readonly Fact[];
}

/** What an epoch came to; null: not known. */
export interface EpochPoint {
  /** Mean training loss. */
  readonly loss: number | null;
  /** Training accuracy, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean loss on the validation images. */
  readonly validationLoss: number | null;
  /** Accuracy on the validation images, in [0, 1]. */
  readonly validationAccuracy: number | null;
  /** Of its last update. */
  readonly learningRate: number | null;
}

/** The images of a split. */
export interface SplitCard {
  /** train, validation, test */
  readonly name: string;
  /** How many it has. */
  readonly images: number;
  /** Images per class, in the order of the card's class names. */
  readonly counts: readonly number[];
}

/** What there is to say of a data set. */
export interface DatasetCard {
  /** Source, size of the images, how it was split … */
  readonly facts: readonly Fact[];
  /** By label. */
  readonly classNames: readonly string[];
  /** Training, validation and test images, where there are such. */
  readonly splits: readonly SplitCard[];
}

/** An image on which the network was wrong. */
export interface Mistake {
  /** Of its file, or its number. */
  readonly name: string;
  /** `data:image/png;base64,…` or JPEG. */
  readonly picture: string;
  /** Where the network looked, over the picture: another such address. */
  readonly heatMap?: string | undefined;
  /** What the image is. */
  readonly label: string;
  /** What the network took it for. */
  readonly predicted: string;
  /** Of what was predicted. */
  readonly probability: number;
  /** Of this image. */
  readonly loss: number;
}

/** All that a report may hold. */
export interface ReportData {
  /** The heading. */
  readonly title: string;
  /** A sentence below the title. */
  readonly summary?: string | undefined;
  /** Sentences that a reader must not miss: figures that are optimistic, images that were skipped. */
  readonly notes?: readonly string[] | undefined;
  /** Which images `evaluation` is of: 'test'. */
  readonly split?: string | undefined;
  /** Of `evaluateLogits`; its curves where it was asked for them. */
  readonly evaluation?: EvaluationReport | undefined;
  /** In their order. */
  readonly epochs?: readonly EpochPoint[] | undefined;
  /** The epoch whose weights were kept, from 0. */
  readonly bestEpoch?: number | undefined;
  /** Worst first. */
  readonly mistakes?: readonly Mistake[] | undefined;
  /** What the images are. */
  readonly dataset?: DatasetCard | undefined;
  /** Hyperparameters, seeds, adapter, versions. */
  readonly run?: readonly FactGroup[] | undefined;
}
