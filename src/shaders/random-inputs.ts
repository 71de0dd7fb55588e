// Seeded inputs for kernel checks. Values are multiples of small powers of two, so that batch norm's affine map of them is
// exact in float32 and never exactly zero: no element sits on ReLU's kink, where float32 and float64 may differ.

export class Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform u32: mulberry32. */
  word(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number in [low, high]. */
  integer(low: number, high: number): number {
    return low + (this.word() % (high - low + 1));
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(0, items.length - 1)] ?? items[0];
  }

  /** A multiple of 1/64 in [-4, 4]. */
  value(): number {
    return this.integer(-256, 256) / 64;
  }
}

const POISON = 0x7fc0beef;

/** [rows][stride] of values; columns from `columns` on are NaN, which must never reach a result. */
export function matrix(random: Random, rows: number, columns: number, stride: number): Float32Array {
  const data = new Float32Array(rows * stride);
  new Uint32Array(data.buffer).fill(POISON);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[r * stride + c] = random.value();
  return data;
}

/** [count] of values. */
export const vector = (random: Random, count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.value());

/** [channels][4]: scale (multiples of 1/32, both signs), shift (odd multiples of 1/4096), mean, invStd. */
export function affines(random: Random, channels: number): Float32Array {
  const data = new Float32Array(channels * 4);
  for (let c = 0; c < channels; c++) {
    data[c * 4] = random.integer(-64, 64) / 32;
    data[c * 4 + 1] = (2 * random.integer(-4096, 4095) + 1) / 4096;
    data[c * 4 + 2] = random.value();
    data[c * 4 + 3] = random.integer(16, 128) / 64;
  }
  return data;
}

/** [channels][4]: the deferred correction: a, b, mean, unused (NaN). */
export function corrections(random: Random, channels: number): Float32Array {
  const data = new Float32Array(channels * 4);
  for (let c = 0; c < channels; c++)
    data.set([random.value() / 8, random.value() / 8, random.value(), Number.NaN], c * 4);
  return data;
}

/** Packs weights: [rows][columns] with rows and columns padded by zeros to the given multiples. */
export function padded(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): Float32Array {
  const data = new Float32Array(toRows * toColumns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) data[r * toColumns + c] = values[r * columns + c] ?? 0;
  return data;
}

export const absolute = (data: ArrayLike<number>): Float64Array => Float64Array.from(data, Math.abs);
