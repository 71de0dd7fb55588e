// Shapes of the head: global average pool of BN-ReLU over C channels, then a linear layer to `classes`.

/** The global pool and its gradient. */
export interface HeadPoolSize {
  readonly channels: number;
  readonly images: number;
  /** Pixels per image: height * width of the last block's map. */
  readonly area: number;
  /** Floats from one channel's row to the next. */
  readonly stride: number;
}

/** The linear layer and its gradients. pooled is [channels][images], logits are [images][classes]. */
export interface HeadSize {
  readonly channels: number;
  readonly classes: number;
  readonly images: number;
}

export const HEAD_POOL_FIELDS = { channels: 'u32', images: 'u32', area: 'u32', stride: 'u32' } as const;
export const HEAD_FIELDS = { channels: 'u32', classes: 'u32', images: 'u32' } as const;

export const headPoolFields = (s: HeadPoolSize) => ({
  channels: s.channels,
  images: s.images,
  area: s.area,
  stride: s.stride,
});

export const headFields = (s: HeadSize) => ({ channels: s.channels, classes: s.classes, images: s.images });

/** Arithmetic of the linear layer or either of its gradients: a multiply-add is two. */
export const linearFlops = (s: HeadSize): number => 2 * s.channels * s.classes * s.images;
