// Sums of pixels and of their squares, per channel, from which mean and standard deviation come
// (densenet/normalisation.ts: normalisationOf). They are whole numbers and exact, whatever the order of the images and
// however many there are, so that a set that is read in pieces has the very mean of one that is read whole.

/** Sums over the pixels of one image, per channel; exact up to 2^37 pixels. */
export interface PixelSums {
  /** Of the pixels, per channel. */
  readonly sums: readonly number[];
  /** Of their squares, per channel. */
  readonly squares: readonly number[];
}

/** Of one image, [channels][area]. */
export function pixelSums(pixels: Uint8Array, channels: number): PixelSums {
  const area = pixels.length / channels;
  const sums = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  for (let c = 0; c < channels; c++) {
    let [sum, square] = [0, 0];
    for (let i = c * area; i < (c + 1) * area; i++) {
      const value = pixels[i] ?? 0;
      sum += value;
      square += value * value;
    }
    sums[c] = sum;
    squares[c] = square;
  }
  return { sums, squares };
}

/** The sums of many images: beyond 2^53, where float64 would round, they are still exact, and are rounded once at the end. */
export class PixelTotals {
  private readonly sums: bigint[];
  private readonly squares: bigint[];

  constructor(channels: number) {
    this.sums = new Array<bigint>(channels).fill(0n);
    this.squares = new Array<bigint>(channels).fill(0n);
  }

  add({ sums, squares }: PixelSums): void {
    for (let c = 0; c < this.sums.length; c++) {
      this.sums[c] = (this.sums[c] ?? 0n) + BigInt(sums[c] ?? 0);
      this.squares[c] = (this.squares[c] ?? 0n) + BigInt(squares[c] ?? 0);
    }
  }

  get total(): PixelSums {
    return { sums: this.sums.map(Number), squares: this.squares.map(Number) };
  }
}
