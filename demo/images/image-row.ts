// A row of the table of images: a file, and what came of it.

import type { ImageNote, Refusal } from '../../src/browser/refusal.ts';

export interface ImageRow {
  /** Its place in the order in which the files came. */
  readonly id: number;
  readonly path: string;
  /** The path as it is sorted by (natural-key.ts). */
  readonly sortName: string;
  readonly file: File;
  /** Undefined until its turn has come. */
  readonly outcome: Outcome | undefined;
}

export type Outcome = Classified | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Classified {
  readonly kind: 'classified';
  /** Of the image, as it is shown. */
  readonly width: number;
  readonly height: number;
  readonly notes: readonly ImageNote[];
  /** One a class, in [0, 1]. */
  readonly scores: Float32Array;
  /** Class numbers of the highest scores, highest first. */
  readonly top: readonly number[];
  /** Of its batch's run, shared out. */
  readonly milliseconds: number;
  /** An encoded image. */
  readonly thumbnail: Uint8Array<ArrayBuffer>;
}

export const TOP = 5;

/** Softmax where classes exclude each other, sigmoid where each is a finding of its own. */
export type OutputKind = 'softmax' | 'sigmoid';

export function scoresOf(logits: Float32Array, kind: OutputKind): Float32Array {
  if (kind === 'sigmoid') return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The places of the `count` highest values, highest first; of equals the first. */
export function highest(values: Float32Array, count: number): number[] {
  const places: number[] = [];
  for (const [place, value] of values.entries()) {
    if (places.length === count && value <= (values[places[count - 1] ?? 0] ?? 0)) continue;
    const before = places.findIndex((other) => (values[other] ?? 0) < value);
    places.splice(before < 0 ? places.length : before, 0, place);
    if (places.length > count) places.pop();
  }
  return places;
}
