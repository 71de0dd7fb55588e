// What a loaded network wants of an image, and what its outputs mean. Fashion-MNIST shows light things on black: a picture
// with a light border is swapped, light and dark, for networks that learned from it, as people photograph things on
// something light.

import { FASHION_MNIST_CLASSES } from '../../src/data/fashion-mnist.ts';
import type { InputSize } from '../../src/data/preprocess.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { OutputKind } from './image-row.ts';

/** By its classes: nothing else in a file says what it learned from. */
export const knowsLightOnBlack = (classNames: readonly string[]): boolean =>
  classNames.length === FASHION_MNIST_CLASSES.length &&
  FASHION_MNIST_CLASSES.every((name, label) => name === classNames[label]);

export const swapLight = (pixels: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(pixels, (value) => 255 - value);

/** The outermost pixels are light on the average. @param pixels bytes [C][H][W] */
export function hasLightBorder(pixels: Uint8Array, height: number, width: number): boolean {
  let sum = 0;
  let count = 0;
  for (const [i, value] of pixels.entries()) {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    if (x > 0 && x < width - 1 && y > 0 && y < height - 1) continue;
    sum += value;
    count++;
  }
  return sum / count > 127;
}

export function inputOf({ preprocessing }: LoadedNetwork): InputSize {
  const { mean, std, ...input } = preprocessing;
  return input;
}

export const outputOf = ({ multiLabel }: LoadedNetwork): OutputKind => (multiLabel ? 'sigmoid' : 'softmax');

export const swapsLightBorder = ({ classNames }: LoadedNetwork): boolean => knowsLightOnBlack(classNames);
