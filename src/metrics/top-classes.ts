// The classes of an image by their probability, and those that count as present.

import { DEFAULT_THRESHOLD } from './decisions.ts';
import { probabilitiesOf } from './probabilities.ts';

/** A class, and how probable it is for an image. */
export interface ClassProbability {
  /** Its number: its place among the logits. */
  readonly index: number;
  /** Its name; `class N` where the weights name none. */
  readonly name: string;
  /** Softmax over all classes; with several labels per image, a sigmoid of its own. */
  readonly probability: number;
}

/** Each class's name, `class N` where it has none. */
export const classNamesOf = (classes: number, names?: readonly string[]): readonly string[] =>
  Array.from({ length: classes }, (_, index) => names?.[index] ?? `class ${index}`);

/**
 * The `count` most probable classes, best first; equal ones in the order of their numbers.
 * @param multiLabel several classes may apply at once: a sigmoid for each, instead of one softmax over all
 * @param temperature what logits are divided by first: the checkpoint's calibration
 */
export function topClasses(
  logits: Float32Array,
  count: number,
  names?: readonly string[],
  multiLabel = false,
  temperature = 1,
): ClassProbability[] {
  return probabilitiesOf(logits, multiLabel ? 'multi-label' : 'single-label', temperature)
    .map((probability, index) => ({ index, name: names?.[index] ?? `class ${index}`, probability }))
    .toSorted((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count);
}

/** The classes that are present, of several that may be: those whose probability reaches their threshold, or 0.5. */
export const presentClasses = (probabilities: readonly number[], thresholds?: readonly number[]): number[] =>
  [...probabilities.keys()].filter(
    (index) => (probabilities[index] ?? 0) >= (thresholds?.[index] ?? DEFAULT_THRESHOLD),
  );
