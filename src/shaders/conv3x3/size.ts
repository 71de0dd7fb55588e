// Sizes of the 3x3 kernels: the maps of a batch, the layer's channels, its dropout.

import type { Dropout } from '../parts/dropout.ts';

export interface Maps {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Floats from one channel's row to the next. */
  readonly stride: number;
}

export interface Conv3x3Size extends Maps, Dropout {
  /** Input channels of the layer, in backward too. */
  readonly inputs: number;
  /** Output channels of the layer, in backward too. */
  readonly outputs: number;
}

export interface Conv3x3BackwardSize extends Conv3x3Size {
  /** Place of the first output channel in `correction` (default 0). */
  readonly correctionFirst?: number | undefined;
}

/** P: positions of a channel over the whole batch. */
export const positions = (s: Maps): number => s.images * s.height * s.width;
