// Sizes of the 3x3 kernels: the maps of a batch, the layer's channels, its dropout.

export interface Maps {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Floats from one channel's row to the next. */
  readonly stride: number;
}

export interface Conv3x3Size extends Maps {
  /** Input channels of the layer, in backward too. */
  readonly inputs: number;
  /** Output channels of the layer, in backward too. */
  readonly outputs: number;
  /** The stream of dropout's random numbers: one a layer. */
  readonly layer?: number | undefined;
  /** Probability that an output becomes 0 (default: none does). */
  readonly dropout?: number | undefined;
}

export interface Conv3x3BackwardSize extends Conv3x3Size {
  /** Place of the first output channel in `correction` (default 0). */
  readonly correctionFirst?: number | undefined;
}

/** P: positions of a channel over the whole batch. */
export const positions = (s: Maps): number => s.images * s.height * s.width;

export const DROPOUT_FIELDS = { layer: 'u32', threshold: 'u32', factor: 'f32' } as const;

/** Dropout as `keep` in random.wgsl wants it; the mask's index is channel * P + position. */
export function dropoutValues({ layer = 0, dropout = 0 }: Conv3x3Size) {
  return { layer, threshold: Math.round(dropout * 2 ** 24), factor: dropout < 1 ? 1 / (1 - dropout) : 0 };
}

export const drops = (size: Conv3x3Size): boolean => (size.dropout ?? 0) > 0;
