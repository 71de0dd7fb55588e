// Pixels for people: a network's input as it is, and a class activation map over it. Warm raises the class's score, cool
// lowers it.

import { colourMap } from '../../src/data/colour-map.ts';

export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** Bytes [C][H][W], one or three channels, as RGBA. */
export function inputImage(pixels: Uint8Array, channels: number, height: number, width: number): Rgba {
  const area = height * width;
  const data = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = pixels[(channels === 1 ? 0 : c * area) + i] ?? 0;
    data[4 * i + 3] = 255;
  }
  return { width, height, data };
}

/** A map with a sign, [height][width], as RGBA of `scale` times its size. */
export const heatImage = (map: Float32Array, height: number, width: number, scale: number): Rgba =>
  colourMap(map, { height, width, rows: height * scale, columns: width * scale, signed: true });
