// From 8-bit pixels to what a network was trained on: (pixel / 255 - mean) / deviation, a channel.

import { ConfigError } from '../runtime/errors.ts';

export interface Normalisation {
  /** Of pixels in [0, 1], one a channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** ImageNet's, as torchvision and its weights use them. */
export const IMAGENET_NORMALISATION: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * vec2f a channel: byte * x + y is the normalised value.
 * @throws ConfigError for another number of channels, or a deviation that is not above 0
 */
export function normalisationTable({ mean, std }: Normalisation, channels: number): Float32Array<ArrayBuffer> {
  if (mean.length !== channels || !mean.every(Number.isFinite)) {
    throw new ConfigError('mean', mean, `must be ${channels} numbers, one a channel`);
  }
  if (std.length !== channels || !std.every((s) => s > 0 && Number.isFinite(s))) {
    throw new ConfigError('std', std, `must be ${channels} numbers above 0, one a channel`);
  }
  return new Float32Array(mean.flatMap((m, c) => [1 / (255 * (std[c] ?? 1)), -m / (std[c] ?? 1)]));
}

/**
 * 8-bit pixels [C][H][W] as the network takes them, as the GPU's own passes do it.
 * @throws ConfigError as `normalisationTable`
 */
export function normalised(pixels: Uint8Array, of: Normalisation, channels: number): Float32Array<ArrayBuffer> {
  const table = normalisationTable(of, channels);
  const area = pixels.length / channels;
  return Float32Array.from(pixels, (byte, i) => {
    const c = 2 * Math.floor(i / area);
    return byte * (table[c] ?? 0) + (table[c + 1] ?? 0);
  });
}
