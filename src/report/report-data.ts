// What a report is made of: plain data. Everything but the title may be missing; its section then is.

import type { Evaluation } from '../metrics/evaluation.ts';

/** A label and what there is to say of it. */
export type Fact = readonly [label: string, value: string | number];

/** Facts under a heading: hyperparameters, the machine, versions. */
export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** What an epoch came to. NaN: not known. */
export interface EpochPoint {
  readonly loss: number;
  readonly accuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly learningRate: number;
}

/** The images of a split. */
export interface SplitCard {
  /** train, validation, test */
  readonly name: string;
  readonly images: number;
  /** Images per class, in the order of the card's class names. */
  readonly counts: readonly number[];
}

/** What there is to say of a data set. */
export interface DatasetCard {
  /** Source, size of the images, how it was split … */
  readonly facts: readonly Fact[];
  readonly classNames: readonly string[];
  readonly splits: readonly SplitCard[];
}

/** An image on which the network was wrong. */
export interface Mistake {
  readonly name: string;
  /** `data:image/png;base64,…` or JPEG. */
  readonly picture: string;
  /** Where the network looked, over the picture: another such address. */
  readonly heatMap?: string | undefined;
  /** What the image is. */
  readonly label: string;
  readonly predicted: string;
  /** Of what was predicted. */
  readonly probability: number;
  readonly loss: number;
}

/** All that a report may hold. */
export interface ReportData {
  readonly title: string;
  /** A sentence below the title. */
  readonly summary?: string | undefined;
  /** Sentences that a reader must not miss: figures that are optimistic, images that were skipped. */
  readonly notes?: readonly string[] | undefined;
  /** Which images `evaluation` is of: 'test'. */
  readonly split?: string | undefined;
  readonly evaluation?: Evaluation | undefined;
  readonly epochs?: readonly EpochPoint[] | undefined;
  /** The epoch whose weights were kept, from 0. */
  readonly bestEpoch?: number | undefined;
  readonly mistakes?: readonly Mistake[] | undefined;
  readonly dataset?: DatasetCard | undefined;
  readonly run?: readonly FactGroup[] | undefined;
}
