// Dropout as kernels take it. The mask is never stored: whoever writes a value and whoever passes its gradient on compute
// the same one, with `keep` in random.wgsl, from the step's seed, the convolution's stream, and channel * P + position.

/** Dropout of a convolution's output (paper, section 3: "after each convolutional layer (except the first one)"). */
export interface Dropout {
  /** The stream of its random numbers: one per convolution. */
  readonly stream?: number | undefined;
  /** Probability that an output becomes 0 (default: none does). */
  readonly dropout?: number | undefined;
}

export const NO_DROPOUT: Dropout = { stream: 0, dropout: 0 };

export const DROPOUT_FIELDS = { stream: 'u32', threshold: 'u32', factor: 'f32' } as const;

/** The arguments of `keep`. */
export const dropoutValues = ({ stream = 0, dropout = 0 }: Dropout) => ({
  stream,
  threshold: Math.round(dropout * 2 ** 24),
  factor: dropout < 1 ? 1 / (1 - dropout) : 0,
});

export const drops = ({ dropout = 0 }: Dropout): boolean => dropout > 0;
