// What the page and its worker share: the worker's jobs as the page sees them, by their types alone, and what both ends
// know of networks and errors. An area's own types are those of its jobs (worker/). The page's script carries no handler.

import type { Preprocessing } from '../src/data/preprocess.ts';
import type { DenseNetConfig } from '../src/densenet/config.ts';
import type { ImportReport } from '../src/densenet/weights/report.ts';
import { ConfigError, DenseNetError } from '../src/runtime/errors.ts';

/** What the worker tells unasked: the device that networks are loaded on is gone. */
export type DemoNotice = { readonly kind: 'device-lost'; readonly reason: string };

export type TrainingRecord = {
  /** Accuracy on images that it never saw. */
  readonly validation: number;
  readonly images: number;
  /** Those that were meant; it may have been stopped before. */
  readonly epochs: number;
  readonly interrupted: boolean;
};

/** A file of text that lies beside weights: timm's config.json, or class names. */
export type SideText = { readonly name: string; readonly text: string };

/** What `load` is asked, beside the file's bytes. */
export type LoadRequest = {
  /** What errors call it. */
  readonly file: string;
  readonly config?: SideText;
  readonly labels?: SideText;
  /** Several labels an image, or one, whatever the files say. */
  readonly multiLabel?: boolean;
  /** Of the input, in pixels, whatever the files say. */
  readonly size?: { readonly height: number; readonly width: number };
  /** For weights without a classifier: make one for so many classes. */
  readonly newClassifier?: { readonly classes: number };
  /** Tensors to leave out, though its network may compute with them. */
  readonly ignore?: readonly string[];
};

/** What `load` answers. */
export type LoadedNetwork = {
  /** Names it in whatever is asked of it: no two loads have the same. */
  readonly id: string;
  readonly adapter: { readonly name: string; readonly software: boolean };
  readonly config: DenseNetConfig;
  readonly parameters: number;
  /** Layers of each dense block. */
  readonly layers: readonly number[];
  readonly growthRate: number;
  readonly classNames: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** What happens to an image before the network sees it; its size is that of the three fields above. */
  readonly preprocessing: Preprocessing;
  /** Each class has its own sigmoid, instead of one softmax over all. */
  readonly multiLabel: boolean;
  /** What logits are divided by before they become scores: its calibration, 1 where there is none. */
  readonly temperature: number;
  /** From which score on a finding counts, one per class, where the file says so (`thresholds`, a JSON list). */
  readonly thresholds: readonly number[] | null;
  /** What was recognised in its file, and what was assumed. */
  readonly report: ImportReport;
  /** How it was trained, where its file says so. */
  readonly training: TrainingRecord | null;
};

/** In whatever is asked of a network: its `LoadedNetwork.id`. */
export type Of = { readonly network: string };

const FIELD = 'network in use';

/** What was asked of a network that was replaced before its turn came: nothing of the other network is answered. */
export const replaced = () => new ConfigError(FIELD, 'another', 'has taken the place of the one that was asked');

export const isReplaced = (error: unknown): boolean => error instanceof ConfigError && error.field === FIELD;

/** What a network computed is NaN or infinite. */
export const isNotFinite = (error: unknown): error is DenseNetError =>
  error instanceof DenseNetError && error.code === 'not-finite';

/** @throws DenseNetError, code 'not-finite' */
export function assertFinite(logits: Float32Array): Float32Array {
  if (logits.every(Number.isFinite)) return logits;
  throw new DenseNetError('not-finite', 'the logits hold NaN or infinity');
}
