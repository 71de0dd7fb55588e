// Maps and filters as small pictures. Signed values: warm above zero, cool below, transparent at zero, by the largest
// magnitude among them.

import type { Rgba } from '../classify/heat-map.ts';

const WARM = [224, 92, 0] as const;
const COOL = [20, 110, 235] as const;

/** [height][width] as RGBA, a pixel a value. `most`: the magnitude that is opaque; left out, the largest. */
export function signedImage(values: ArrayLike<number>, height: number, width: number, most?: number): Rgba {
  const data = new Uint8ClampedArray(4 * height * width);
  const largest = (most ?? largestMagnitude(values)) || 1;
  for (let i = 0; i < height * width; i++) {
    const value = values[i] ?? 0;
    const colour = value > 0 ? WARM : COOL;
    for (let c = 0; c < 3; c++) data[4 * i + c] = colour[c] ?? 0;
    data[4 * i + 3] = 255 * Math.min(1, Math.abs(value) / largest);
  }
  return { width, height, data };
}

/** A filter over red, green and blue, [3][height][width], as one picture: grey is zero. */
export function colourImage(values: ArrayLike<number>, height: number, width: number): Rgba {
  const area = height * width;
  const data = new Uint8ClampedArray(4 * area).fill(255);
  const largest = largestMagnitude(values) || 1;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = 127.5 * (1 + (values[c * area + i] ?? 0) / largest);
  }
  return { width, height, data };
}

export function largestMagnitude(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

export interface Summary {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

export function summary(values: ArrayLike<number>): Summary {
  let [least, most, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return { least, mean: sum / values.length, most };
}
