// What a loaded network wants of an image, and what its outputs mean.

import type { InputSize } from '../../src/data/preprocess.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { OutputKind } from './image-row.ts';
import { knowsLightOnBlack } from './light-border.ts';

export function inputOf({ preprocessing }: LoadedNetwork): InputSize {
  const { mean, std, ...input } = preprocessing;
  return input;
}

export const outputOf = ({ multiLabel }: LoadedNetwork): OutputKind => (multiLabel ? 'sigmoid' : 'softmax');

export const swapsLightBorder = ({ classNames }: LoadedNetwork): boolean => knowsLightOnBlack(classNames);
