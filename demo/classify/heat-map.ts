// Pixels for people: a network's input as it is, and a class activation map over it. Warm raises the class's score,
// cool lowers it; both are relative to the map's own largest magnitude, and nothing is drawn where there is none.

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

const WARM = [255, 122, 26] as const;
const COOL = [38, 132, 255] as const;

/**
 * A map [height][width] as RGBA of `scale` times its size, between values bilinear with the borders held, as heat maps
 * are enlarged: a value stands for the middle of its cell.
 */
export function heatImage(map: Float32Array, height: number, width: number, scale: number): Rgba {
  const most = map.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const [rows, columns] = [height * scale, width * scale];
  const data = new Uint8ClampedArray(4 * rows * columns);
  for (let y = 0; y < rows; y++) {
    const [top, bottom, down] = neighbours((y + 0.5) / scale - 0.5, height);
    for (let x = 0; x < columns; x++) {
      const [left, right, across] = neighbours((x + 0.5) / scale - 0.5, width);
      const row = (r: number) => mix(map[r * width + left] ?? 0, map[r * width + right] ?? 0, across);
      const value = mix(row(top), row(bottom), down) / most;
      const colour = value > 0 ? WARM : COOL;
      const at = 4 * (y * columns + x);
      for (let c = 0; c < 3; c++) data[at + c] = colour[c] ?? 0;
      data[at + 3] = 255 * Math.abs(value);
    }
  }
  return { width: columns, height: rows, data };
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

function neighbours(at: number, size: number): [number, number, number] {
  const low = Math.min(Math.max(Math.floor(at), 0), size - 1);
  return [low, Math.min(Math.max(Math.floor(at) + 1, 0), size - 1), at - Math.floor(at)];
}
