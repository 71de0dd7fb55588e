// Images and labels that a caller passes: the right type of array and exactly the right length, checked before anything is
// done with them. A longer array is a mistake too: its beginning is a picture, but not the one that the caller means.

import { ConfigError } from '../runtime/errors.ts';
import { kindOf } from '../runtime/options.ts';
import type { DenseNetConfig } from './config.ts';

interface ArrayKinds {
  readonly Float32Array: Float32Array<ArrayBuffer>;
  readonly Int32Array: Int32Array<ArrayBuffer>;
  readonly Uint8Array: Uint8Array<ArrayBuffer>;
}

/** By its internal type, which arrays of another window or realm have too, and no other object. */
const isArrayOf = <K extends keyof ArrayKinds>(kind: K, given: unknown): given is ArrayKinds[K] =>
  ArrayBuffer.isView(given) && Reflect.get(given, Symbol.toStringTag) === kind;

/**
 * An array of a type and an exact length.
 * @param expected what it should be, as a sentence: '2 images of 3x32x32 have 6144'
 * @throws ConfigError naming `field`
 */
export function checkArray<K extends keyof ArrayKinds>(
  field: string,
  given: unknown,
  kind: K,
  length: number,
  expected: string,
): asserts given is ArrayKinds[K] {
  if (!isArrayOf(kind, given)) throw new ConfigError(field, kindOf(given), `must be a ${kind}: ${expected}`);
  if (given.length !== length) throw new ConfigError(field, given.length, `values; ${expected}`);
}

/** Images NCHW, exactly `count` of them. @throws ConfigError naming `field` */
export function checkImages<K extends keyof ArrayKinds>(
  field: string,
  given: unknown,
  kind: K,
  count: number,
  { inputChannels, height, width }: Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>,
): asserts given is ArrayKinds[K] {
  const length = count * inputChannels * height * width;
  const images = count === 1 ? '1 image' : `${count} images`;
  const has = count === 1 ? 'has' : 'have';
  checkArray(field, given, kind, length, `${images} of ${inputChannels}x${height}x${width} ${has} ${length}`);
}
