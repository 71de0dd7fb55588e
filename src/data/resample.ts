// Resampling one 8-bit plane with PIL's antialiased bilinear filter, to the last bit: a triangle as wide as the step
// between output pixels, weights in 22-bit fixed point, columns first, rounded to 8 bits between the two directions
// (Pillow, src/libImaging/Resample.c: precompute_coeffs, ImagingResampleHorizontal_8bpc).

/** One direction: `from` pixels become `to`, of which `count` are wanted, beginning with the one numbered `start`. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly count: number;
}

/** The weights of one output pixel: those of the input pixels from `first` on, in units of 2^-22. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

const PRECISION_BITS = 22;

/** [rows.from][columns.from] -> [rows.count][columns.count] */
export function resample(plane: Uint8Array, columns: Axis, rows: Axis): Uint8Array<ArrayBuffer> {
  const down = tapsOf(rows);
  // Only the input rows that some output row reads go through the first pass.
  const top = down[0]?.first ?? 0;
  const bottom = down.reduce((end, { first, weights }) => Math.max(end, first + weights.length), top);

  const across = tapsOf(columns);
  const between = new Uint8Array((bottom - top) * columns.count);
  for (let y = top, at = 0; y < bottom; y++) {
    for (const taps of across) between[at++] = weigh(plane, y * columns.from + taps.first, 1, taps.weights);
  }

  const out = new Uint8Array(rows.count * columns.count);
  let at = 0;
  for (const { first, weights } of down) {
    const row = (first - top) * columns.count;
    for (let x = 0; x < columns.count; x++) out[at++] = weigh(between, row + x, columns.count, weights);
  }
  return out;
}

function tapsOf(axis: Axis): Taps[] {
  return Array.from({ length: axis.count }, (_, i) => tapsAt(axis, axis.start + i));
}

function tapsAt({ from, to }: Axis, position: number): Taps {
  if (from === to) return { first: position, weights: Int32Array.of(1 << PRECISION_BITS) };
  const scale = from / to;
  const reach = Math.max(scale, 1); // half the triangle's base, in input pixels
  const centre = (position + 0.5) * scale;
  const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
  const end = Math.min(Math.trunc(centre + reach + 0.5), from);
  const inverse = 1 / reach; // PIL multiplies by it: dividing would round differently
  const triangle = Array.from({ length: end - first }, (_, i) =>
    Math.max(1 - Math.abs((i + first - centre + 0.5) * inverse), 0),
  );
  const total = triangle.reduce((sum, weight) => sum + weight, 0);
  const weights = Int32Array.from(triangle, (weight) => Math.trunc(0.5 + (weight / total) * (1 << PRECISION_BITS)));
  return { first, weights };
}

function weigh(pixels: Uint8Array, start: number, stride: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION_BITS - 1);
  let at = start;
  for (const weight of weights) {
    sum += (pixels[at] ?? 0) * weight;
    at += stride;
  }
  return Math.min(sum >> PRECISION_BITS, 255);
}
