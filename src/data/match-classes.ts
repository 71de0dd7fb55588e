// The labels of a data set in a network's numbers. A data set's classes come in the order of its own files, and may be fewer than
// the network's: classes of the same name are the same; without names, those of the same number.

import { ConfigError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';

/** Whether these are no names, but the numbers of the classes. */
export const areNumbers = (names: readonly string[]): boolean => names.every((name, label) => name === String(label));

/**
 * For each class of the data set its number in the network.
 * @param network its names; undefined where it has none
 * @param classes of the network
 * @throws ConfigError for a class that the network does not have
 */
export function matchClasses(
  data: readonly string[],
  network: readonly string[] | undefined,
  classes: number,
): readonly number[] {
  if (!network || areNumbers(data) || areNumbers(network)) {
    if (data.length <= classes) return data.map((_, label) => label);
    throw new ConfigError('classes', data.length, `of the data set are more than the network's ${classes}`);
  }
  const numbers = new Map(network.map((name, number) => [name, number]));
  const missing = data.filter((name) => !numbers.has(name));
  if (missing.length === 0) return data.map((name) => numbers.get(name) ?? 0);
  const own = `${network.slice(0, 5).map(printableName).join(', ')}${network.length > 5 ? ' …' : ''}`;
  throw new ConfigError(
    'classes',
    missing.slice(0, 5),
    `of the data set are none of the network's (${own}); name the network's classes as the data set does (--labels FILE on the command line)`,
  );
}

/**
 * Labels under the network's numbers. Of several labels per image, those that only the network has are missing (NaN).
 * @param numbers as `matchClasses` gives them
 */
export function relabel(
  labels: Int32Array | Float32Array,
  numbers: readonly number[],
  classes: number,
): Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  if (labels instanceof Int32Array) return Int32Array.from(labels, (label) => numbers[label] ?? label);
  const own = numbers.length;
  const relabelled = new Float32Array((labels.length / own) * classes).fill(Number.NaN);
  for (const [i, label] of labels.entries())
    relabelled[Math.floor(i / own) * classes + (numbers[i % own] ?? 0)] = label;
  return relabelled;
}

/** Class numbers as several labels per image, of which one is 1. */
export function oneHotLabels(labels: Int32Array, classes: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(labels.length * classes);
  for (const [image, label] of labels.entries()) all[image * classes + label] = 1;
  return all;
}
