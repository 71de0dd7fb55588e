// Dropout of a layer's output as the shaders want it: the mask of element m * P + p of stream `layer`.

/** What a size says of dropout; without it, nothing is dropped. */
export interface DropoutSize {
  /** The stream of random numbers: one a layer. */
  readonly layer?: number | undefined;
  /** Probability that an element becomes 0. */
  readonly dropout?: number | undefined;
}

export const DROPOUT_FIELDS = { layer: 'u32', threshold: 'u32', factor: 'f32' } as const;

export function dropoutValues({ layer = 0, dropout = 0 }: DropoutSize) {
  return { layer, threshold: Math.round(dropout * 2 ** 24), factor: dropout < 1 ? 1 / (1 - dropout) : 0 };
}

export const drops = (size: DropoutSize): boolean => (size.dropout ?? 0) > 0;
