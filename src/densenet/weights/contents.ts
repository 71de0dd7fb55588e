// What a file of weights holds, whatever its format: tensors by the file's own names, and what it says beside them.

import type { SafetensorsFile } from '../../data/safetensors.ts';
import type { Naming } from './names.ts';

/** The formats that weights are read from. */
export type WeightsFormat =
  | 'safetensors'
  | 'pytorch-zip'
  | 'pytorch-legacy'
  | 'pickle'
  | 'onnx'
  | 'keras-h5'
  | 'keras-zip'
  | 'tfjs';

export interface WeightsContents extends SafetensorsFile {
  readonly format: WeightsFormat;
  /** Where in a checkpoint the weights were: `state_dict`; '' where the file is nothing else. */
  readonly path: string;
  /** They are those of a whole module. */
  readonly isModule: boolean;
  /** What else the file has, one text each: `epoch = 12`. */
  readonly passedOver: readonly string[];
  /** Class names that the file lists beside the weights. */
  readonly labels: readonly string[] | undefined;
  /** What the file calls its architecture. */
  readonly architecture: string | undefined;
  /** Where a reader knows whose names they are: which of them is which of torchvision's. */
  readonly naming?: Naming | undefined;
  /** Height and width of the images, where the file's model says it. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** Whether the file's model ends in a sigmoid for each class, or one softmax; undefined: it does not say. */
  readonly multiLabel?: boolean | undefined;
}

/** A safetensors file has its tensors and its metadata. */
export const safetensorsContents = (file: SafetensorsFile): WeightsContents => ({
  ...file,
  format: 'safetensors',
  path: '',
  isModule: false,
  passedOver: [],
  labels: undefined,
  architecture: undefined,
});
