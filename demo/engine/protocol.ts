// What travels between the page and its worker, beside what the shared jobs define (src/hosts/jobs/train.ts). Only types
// and names: the page's own script carries nothing of the engine.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';
import type { JsonValue } from '../../src/hosts/message.ts';

/** An interface's members as a message carries them. */
export type Plain<T> = { readonly [Key in keyof T]: T[Key] };

export type TrainingRecord = {
  /** Accuracy on images that it never saw. */
  readonly heldOut: number;
  readonly images: number;
  /** Those that were meant; it may have been stopped before. */
  readonly epochs: number;
  readonly interrupted: boolean;
};

/** What `load` answers. */
export type LoadedNetwork = {
  readonly adapter: { readonly name: string; readonly software: boolean };
  readonly config: Plain<DenseNetConfig>;
  /** Of its input's pixels. */
  readonly normalisation: Plain<Normalisation>;
  readonly parameters: number;
  /** Layers of each dense block. */
  readonly layers: readonly number[];
  readonly growthRate: number;
  readonly classNames: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** How it was trained, where its file says so. */
  readonly training: TrainingRecord | null;
};

/** How many classes get a map. */
export const MAPS = 5;

/**
 * What `classify` answers; beside it the attachments `logits`, float32 [classes], and `maps`, float32
 * [MAPS][height][width] in the order of `top`.
 */
export type Classified = {
  /** Class numbers, likeliest first. */
  readonly top: readonly number[];
  /** Of the maps. */
  readonly height: number;
  readonly width: number;
  /** From the upload to the logits, and from there to the maps. */
  readonly milliseconds: { readonly logits: number; readonly maps: number };
};

export const LOST = 'device-lost';

/** The reason in a notice of a lost device; undefined for any other notice. */
export function lostReason(notice: JsonValue): string | undefined {
  if (typeof notice !== 'object' || notice === null || !('kind' in notice)) return undefined;
  return notice.kind === LOST ? String(notice.reason) : undefined;
}
