// Values to colours that people with any colour vision can tell apart: signed maps diverge from transparent to cool (blue,
// below zero) or warm (orange); others run along one sequential ramp from dark violet to light yellow, whose lightness grows
// evenly. Relative to the map's own largest magnitude, so that the colours of two maps are not comparable.

/** Above and below zero. */
export const WARM = [255, 122, 26] as const;
export const COOL = [38, 132, 255] as const;

/** Colours of the ramp, evenly spaced. */
const RAMP = [
  [48, 18, 91],
  [122, 32, 112],
  [190, 55, 84],
  [237, 105, 37],
  [251, 170, 15],
  [252, 246, 160],
] as const;

export interface ColourMap {
  readonly width: number;
  readonly height: number;
  /** RGBA, row by row; as opaque as the value is large. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * A map [height][width] as RGBA of `rows` x `columns`, interpolated bilinearly with clamped borders: a value is the middle
 * of its cell. `signed`: two colours; else one ramp, and values below zero count as zero.
 */
export function colourMap(
  map: Float32Array,
  {
    height,
    width,
    rows,
    columns,
    signed,
  }: {
    readonly height: number;
    readonly width: number;
    readonly rows: number;
    readonly columns: number;
    readonly signed: boolean;
  },
): ColourMap {
  const most = map.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const data = new Uint8ClampedArray(4 * rows * columns);
  for (let y = 0; y < rows; y++) {
    const [top, bottom, down] = neighbours(((y + 0.5) * height) / rows - 0.5, height);
    for (let x = 0; x < columns; x++) {
      const [left, right, across] = neighbours(((x + 0.5) * width) / columns - 0.5, width);
      const row = (r: number) => mix(map[r * width + left] ?? 0, map[r * width + right] ?? 0, across);
      const value = mix(row(top), row(bottom), down) / most;
      const size = signed ? Math.abs(value) : Math.max(0, value);
      const colour = signed ? (value > 0 ? WARM : COOL) : onRamp(size);
      const at = 4 * (y * columns + x);
      for (let c = 0; c < 3; c++) data[at + c] = colour[c] ?? 0;
      data[at + 3] = 255 * size;
    }
  }
  return { width: columns, height: rows, data };
}

/** The ramp's colour for a fraction of the largest, 0 to 1. */
export function onRamp(share: number): readonly number[] {
  const place = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const [low, high] = [RAMP[Math.floor(place)], RAMP[Math.ceil(place)]];
  return [0, 1, 2].map((c) => mix(low?.[c] ?? 0, high?.[c] ?? 0, place - Math.floor(place)));
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

function neighbours(at: number, size: number): [number, number, number] {
  const low = Math.min(Math.max(Math.floor(at), 0), size - 1);
  return [low, Math.min(Math.max(Math.floor(at) + 1, 0), size - 1), at - Math.floor(at)];
}
