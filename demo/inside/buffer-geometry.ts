// A block's buffer as stripes, to scale in channels: the top stripe is what came in, then each layer's output. Pixels.

import type { InsideBlock } from '../worker/inside.ts';

export interface Stripe {
  /** 0: what came in; then the layers. */
  readonly source: number;
  /** First channel, and how many. */
  readonly first: number;
  readonly count: number;
  readonly top: number;
  readonly height: number;
}

export interface BufferGeometry {
  readonly pixelsPerChannel: number;
  readonly height: number;
  readonly stripes: readonly Stripe[];
  /** Pixels that a reader's prefix is high: readers 1 to L, then what follows. */
  readonly reads: readonly number[];
}

/** A stripe that can be read and clicked is so high at least, whatever it holds. */
const LEAST_STRIPE = 26;
const LEAST_HEIGHT = 300;

export function bufferGeometry({ inputs, channels, layers }: InsideBlock): BufferGeometry {
  const thinnest = Math.min(inputs, ...layers.map((layer) => layer.growthRate));
  const scale = Math.max(LEAST_STRIPE / thinnest, LEAST_HEIGHT / channels);
  const stripe = (source: number, first: number, count: number): Stripe => ({
    source,
    first,
    count,
    top: first * scale,
    height: count * scale,
  });
  return {
    pixelsPerChannel: scale,
    height: channels * scale,
    stripes: [stripe(0, 0, inputs), ...layers.map((layer, i) => stripe(i + 1, layer.inputs, layer.growthRate))],
    reads: [...layers.map((layer) => layer.inputs * scale), channels * scale],
  };
}

/** A colour for each source: neighbours differ most (the golden angle). Degrees; what came in has none. */
export const hueOf = (source: number): number | undefined =>
  source === 0 ? undefined : (200 + (source - 1) * 137.508) % 360;
