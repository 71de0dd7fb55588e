// Resampling one 8-bit plane with PIL's antialiased filters, bit for bit: a kernel as wide as the step between output
// pixels, weights in 22-bit fixed point, columns first, rounded to 8 bits between the two directions
// (Pillow, src/libImaging/Resample.c: precompute_coeffs, ImagingResampleHorizontal_8bpc). `nearest` takes the pixel under
// the output pixel's middle, as PIL does.

/** PIL's filters by the names that timm and torchvision give them. */
export const INTERPOLATIONS = ['bilinear', 'bicubic', 'lanczos', 'nearest', 'box', 'hamming'] as const;
/**
 * The name of a resampling filter.
 * @useDeclaredType
 */
export type Interpolation = (typeof INTERPOLATIONS)[number];

interface Filter {
  /** Half of the kernel's width, in pixels. */
  readonly support: number;
  readonly at: (x: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const FILTERS: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  bilinear: { support: 1, at: (x) => Math.max(1 - Math.abs(x), 0) },
  // Keys' cubic with a = -1/2.
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x), -0.5) },
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  hamming: { support: 1, at: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0) },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function cubic(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/**
 * One direction: `from` pixels become `to`, of which `count` from index `start` on are wanted. The `from` pixels begin at
 * `offset` in a plane that is `length` long.
 */
export interface Axis {
  readonly from: number;
  readonly offset: number;
  readonly length: number;
  readonly to: number;
  readonly start: number;
  readonly count: number;
}

/** The weights of one output pixel, of the input pixels from `first` on, in units of 2^-22. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

const PRECISION_BITS = 22;

/** [rows.length][columns.length] -> [rows.count][columns.count] */
export function resample(
  plane: Uint8Array,
  columns: Axis,
  rows: Axis,
  interpolation: Interpolation = 'bilinear',
): Uint8Array<ArrayBuffer> {
  const down = tapsOf(rows, interpolation);
  // Only the input rows that some output row reads go through the first pass.
  const top = down[0]?.first ?? 0;
  const bottom = down.reduce((end, { first, weights }) => Math.max(end, first + weights.length), top);

  const across = tapsOf(columns, interpolation);
  const between = new Uint8Array((bottom - top) * columns.count);
  for (let y = top, at = 0; y < bottom; y++) {
    for (const taps of across) between[at++] = weigh(plane, y * columns.length + taps.first, 1, taps.weights);
  }

  const out = new Uint8Array(rows.count * columns.count);
  let at = 0;
  for (const { first, weights } of down) {
    const row = (first - top) * columns.count;
    for (let x = 0; x < columns.count; x++) out[at++] = weigh(between, row + x, columns.count, weights);
  }
  return out;
}

function tapsOf(axis: Axis, interpolation: Interpolation): Taps[] {
  const taps = (position: number) =>
    axis.from === axis.to || interpolation === 'nearest'
      ? onePixel(axis, position)
      : tapsAt(axis, position, FILTERS[interpolation]);
  return Array.from({ length: axis.count }, (_, i) => {
    const { first, weights } = taps(axis.start + i);
    return { first: axis.offset + first, weights };
  });
}

function onePixel({ from, to }: Axis, position: number): Taps {
  const first = Math.min(Math.floor((position + 0.5) * (from / to)), from - 1);
  return { first, weights: Int32Array.of(1 << PRECISION_BITS) };
}

function tapsAt({ from, to }: Axis, position: number, { support, at }: Filter): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch; // half the kernel's width, in input pixels
  const centre = (position + 0.5) * scale;
  const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
  const end = Math.min(Math.trunc(centre + reach + 0.5), from);
  const inverse = 1 / stretch; // PIL multiplies by it: dividing would round differently
  const kernel = Array.from({ length: end - first }, (_, i) => at((i + first - centre + 0.5) * inverse));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const rounded = (weight: number) => Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS));
  return { first, weights: Int32Array.from(kernel, (weight) => rounded(weight / total)) };
}

function weigh(pixels: Uint8Array, start: number, stride: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION_BITS - 1);
  let at = start;
  for (const weight of weights) {
    sum += (pixels[at] ?? 0) * weight;
    at += stride;
  }
  return Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
}
