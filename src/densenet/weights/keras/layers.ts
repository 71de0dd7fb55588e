// Keras's layers, whatever file they come from: what each is called, what it is, and its numbers.

import type { AnyTensor } from '../../../data/tensor.ts';

/** A layer that has numbers. */
export interface KerasLayer {
  /** Its own, or, where the file says none, where it lies in the file. */
  readonly name: string;
  /** By Keras's names of variables: `kernel`, `gamma`, … */
  readonly variables: ReadonlyMap<string, AnyTensor>;
}

/** What Keras calls its variables, and PyTorch; in the order in which Keras saves them without names. */
export const VARIABLES: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  bias: 'bias',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** Of the classes that a DenseNet needs, as Keras's newer files number them. */
const IN_ORDER: Readonly<Record<string, readonly string[]>> = {
  conv: ['kernel', 'bias'],
  dense: ['kernel', 'bias'],
  batch_normalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

/** The name of a numbered variable; a number that is unknown stays one. @param path the layer's in the file: `conv2d_12` */
export function variableName(path: string, index: string, count: number): string {
  const kind = Object.keys(IN_ORDER).find((start) => path.startsWith(start));
  const names = kind === undefined ? [] : (IN_ORDER[kind] ?? []);
  // Without its scale or its centre a batch norm has three: which one is missing, nothing says.
  const isPlain = kind !== 'batch_normalization' || count === names.length;
  return (isPlain ? names[Number(index)] : undefined) ?? index;
}

/** What a layer is, by its variables. */
export function kindOf({ variables }: KerasLayer): 'convolution' | 'norm' | 'dense' | 'other' {
  if (variables.has('moving_mean')) return 'norm';
  const rank = variables.get('kernel')?.shape.length ?? 0;
  return rank === 2 ? 'dense' : rank > 2 ? 'convolution' : 'other';
}
