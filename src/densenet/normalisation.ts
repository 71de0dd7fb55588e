// From 8-bit pixels to what a network was trained on: (pixel / 255 - mean) / std, per channel.

import { ConfigError } from '../runtime/errors.ts';

/** How 8-bit pixels become a network's input: `(pixel / 255 - mean) / std` per channel. */
export interface Normalisation {
  /** Of pixels in [0, 1], one per channel. */
  readonly mean: readonly number[];
  /** Of pixels in [0, 1], one per channel. */
  readonly std: readonly number[];
}

/** ImageNet's, as torchvision and its weights use them. */
export const IMAGENET_NORMALISATION: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Mean and standard deviation of `count` bytes per channel, as fractions of 255; std is at least 1 / 255. */
export function normalisationOf(sums: readonly number[], squares: readonly number[], count: number): Normalisation {
  const mean = sums.map((sum) => sum / count / 255);
  const std = squares.map((square, c) => {
    const variance = square / count / 255 ** 2 - (mean[c] ?? 0) ** 2;
    return Math.max(Math.sqrt(Math.max(0, variance)), 1 / 255);
  });
  return { mean, std };
}

/**
 * As given; what is not, as measured.
 * @throws ConfigError for another number of channels, or a standard deviation that is not above 0
 */
export function chosenNormalisation(
  { mean, std }: { readonly mean?: readonly number[] | undefined; readonly std?: readonly number[] | undefined },
  measured: () => Normalisation,
  channels: number,
): Normalisation {
  const otherwise = mean && std ? { mean, std } : measured();
  const normalisation = { mean: mean ?? otherwise.mean, std: std ?? otherwise.std };
  normalisationTable(normalisation, channels);
  return normalisation;
}

/** Mean and (population) standard deviation of all pixels [N][channels][area], per channel. */
export function measureNormalisation(pixels: Uint8Array, channels: number, area: number): Normalisation {
  const sums = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  for (let start = 0, c = 0; start < pixels.length; start += area, c = (c + 1) % channels) {
    // Integers, which float64 adds exactly.
    let sum = 0;
    let square = 0;
    for (let i = start; i < start + area; i++) {
      const value = pixels[i] ?? 0;
      sum += value;
      square += value * value;
    }
    sums[c] = (sums[c] ?? 0) + sum;
    squares[c] = (squares[c] ?? 0) + square;
  }
  return normalisationOf(sums, squares, pixels.length / channels);
}

/**
 * vec2f per channel: byte * x + y is the normalised value.
 * @throws ConfigError for another number of channels, or a standard deviation that is not above 0
 */
export function normalisationTable({ mean, std }: Normalisation, channels: number): Float32Array<ArrayBuffer> {
  if (mean.length !== channels || !mean.every(Number.isFinite)) {
    throw new ConfigError('mean', mean, `must be ${channels} numbers, one per channel`);
  }
  if (std.length !== channels || !std.every((s) => s > 0 && Number.isFinite(s))) {
    throw new ConfigError('std', std, `must be ${channels} numbers above 0, one per channel`);
  }
  return new Float32Array(mean.flatMap((m, c) => [1 / (255 * (std[c] ?? 1)), -m / (std[c] ?? 1)]));
}

/**
 * 8-bit pixels [C][H][W] normalised as the GPU's own passes do it.
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
