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

/** Those of all output pixels in a row, one after another: the loops run over flat arrays. */
interface FlatTaps {
  readonly firsts: Int32Array;
  /** Where each one's weights begin; one more at the end. */
  readonly starts: Int32Array;
  readonly weights: Int32Array;
}

const PRECISION_BITS = 22;

/** [rows.length][columns.length] -> [rows.count][columns.count] */
export const resample = (
  plane: Uint8Array,
  columns: Axis,
  rows: Axis,
  interpolation: Interpolation = 'bilinear',
): Uint8Array<ArrayBuffer> => resampler(columns, rows, interpolation)(plane);

/** The same for several planes of one size: the weights are computed once. */
export function resampler(
  columns: Axis,
  rows: Axis,
  interpolation: Interpolation = 'bilinear',
): (plane: Uint8Array) => Uint8Array<ArrayBuffer> {
  if (columns.from === columns.to && rows.from === rows.to) return (plane) => cut(plane, columns, rows);
  const down = flat(tapsOf(rows, interpolation));
  const across = flat(tapsOf(columns, interpolation));
  // Only the input rows that some output row reads go through the first pass.
  const top = down.firsts[0] ?? 0;
  const bottom = down.firsts.reduce((end, first, y) => Math.max(end, first + countOf(down, y)), top);
  const width = columns.count;
  const sums = new Int32Array(width);
  return (plane) => {
    const between = new Uint8ClampedArray((bottom - top) * width);
    for (let y = top; y < bottom; y++) {
      acrossRow(plane, y * columns.length, across, between.subarray((y - top) * width, (y - top + 1) * width));
    }
    const out = new Uint8Array(rows.count * width);
    const clamped = new Uint8ClampedArray(out.buffer);
    for (let y = 0; y < rows.count; y++) {
      const row = ((down.firsts[y] ?? 0) - top) * width;
      downRow(between, row, down, y, sums, clamped.subarray(y * width, (y + 1) * width));
    }
    return out;
  };
}

const countOf = ({ starts }: FlatTaps, i: number) => (starts[i + 1] ?? 0) - (starts[i] ?? 0);

function flat(taps: readonly Taps[]): FlatTaps {
  const starts = new Int32Array(taps.length + 1);
  for (const [i, { weights }] of taps.entries()) starts[i + 1] = (starts[i] ?? 0) + weights.length;
  const weights = new Int32Array(starts[taps.length] ?? 0);
  for (const [i, tap] of taps.entries()) weights.set(tap.weights, starts[i]);
  return { firsts: Int32Array.from(taps, ({ first }) => first), starts, weights };
}

/** Half of the last bit that is dropped: to nearest. */
const ROUND = 1 << (PRECISION_BITS - 1);

/** One row; writing clamps to 0 … 255, as PIL's clip8 does. */
function acrossRow(
  plane: Uint8Array,
  start: number,
  { firsts, starts, weights }: FlatTaps,
  out: Uint8ClampedArray,
): void {
  for (let x = 0; x < out.length; x++) {
    let sum = ROUND;
    let at = start + (firsts[x] ?? 0);
    const end = starts[x + 1] ?? 0;
    for (let i = starts[x] ?? 0; i < end; i++) sum = (sum + Math.imul(plane[at++] ?? 0, weights[i] ?? 0)) | 0;
    out[x] = sum >> PRECISION_BITS;
  }
}

/** One row of the rows from `row` on. Sums stay below 2^31 for every filter, as PIL's do. */
function downRow(
  between: Uint8ClampedArray,
  row: number,
  { starts, weights }: FlatTaps,
  y: number,
  sums: Int32Array,
  out: Uint8ClampedArray,
): void {
  sums.fill(ROUND);
  let at = row;
  const end = starts[y + 1] ?? 0;
  for (let i = starts[y] ?? 0; i < end; i++) {
    const weight = weights[i] ?? 0;
    for (let x = 0; x < sums.length; x++) sums[x] = (sums[x] ?? 0) + Math.imul(between[at++] ?? 0, weight);
  }
  for (let x = 0; x < out.length; x++) out[x] = (sums[x] ?? 0) >> PRECISION_BITS;
}

/** What resampling to the same size gives: the pixels themselves. */
function cut(plane: Uint8Array, columns: Axis, rows: Axis): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(rows.count * columns.count);
  for (let y = 0; y < rows.count; y++) {
    const from = (rows.offset + rows.start + y) * columns.length + columns.offset + columns.start;
    out.set(plane.subarray(from, from + columns.count), y * columns.count);
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

function tapsAt(axis: Axis, position: number, filter: Filter): Taps {
  const { first, weights } = filterAt(axis, position, filter);
  const rounded = (weight: number) => Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS));
  return { first, weights: Int32Array.from(weights, rounded) };
}

/** The weights of one output pixel as fractions, for planes of more than 8 bits. `first` is counted from the axis' offset. */
export function kernelAt(
  axis: Axis,
  position: number,
  interpolation: Interpolation,
): { readonly first: number; readonly weights: readonly number[] } {
  if (axis.from !== axis.to && interpolation !== 'nearest') return filterAt(axis, position, FILTERS[interpolation]);
  return { first: onePixel(axis, position).first, weights: [1] };
}

function filterAt({ from, to }: Axis, position: number, { support, at }: Filter) {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch; // half the kernel's width, in input pixels
  const centre = (position + 0.5) * scale;
  const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
  const end = Math.min(Math.trunc(centre + reach + 0.5), from);
  const inverse = 1 / stretch; // PIL multiplies by it: dividing would round differently
  const kernel = Array.from({ length: end - first }, (_, i) => at((i + first - centre + 0.5) * inverse));
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  return { first, weights: kernel.map((weight) => weight / total) };
}
