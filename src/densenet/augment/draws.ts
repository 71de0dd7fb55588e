// The random numbers of augmentation: pure functions of (seed of the micro-batch, augmentation, image), so that a resumed run
// draws what the uninterrupted one would have drawn. Each augmentation has a stream of its own: turning one on changes no
// other's numbers. Numbers in between are float32, as torch draws them.

import { randomAt } from '../../runtime/random.ts';
import type { Augmentation } from '../train/augmentation.ts';

/** Streams from here down; dropout's count convolutions from 0, and the first is that of layout/augment.wgsl. */
export const FIRST_STREAM = 0xffffffff;

/** A stream per augmentation that draws more than a coin. */
const STREAMS = {
  randomResizedCrop: FIRST_STREAM - 1,
  rotation: FIRST_STREAM - 2,
  randAugment: FIRST_STREAM - 3,
  trivialAugment: FIRST_STREAM - 4,
  colorJitter: FIRST_STREAM - 5,
  erasing: FIRST_STREAM - 6,
  mixup: FIRST_STREAM - 7,
  randomCrop: FIRST_STREAM - 8,
} as const satisfies Partial<Record<keyof Augmentation, number>>;

/** Numbers that one image may draw from one stream. */
const PER_IMAGE = 256;

/** The numbers that an augmentation draws for an image, in order. */
export class Draws {
  private drawn = 0;
  private readonly stream: number;

  constructor(
    private readonly seed: number,
    augmentation: keyof typeof STREAMS,
    private readonly image: number,
  ) {
    this.stream = STREAMS[augmentation];
  }

  /** An integer in [0, 2^32). */
  private word(): number {
    return randomAt(this.seed, this.stream, (this.image * PER_IMAGE + (this.drawn++ % PER_IMAGE)) >>> 0);
  }

  /** A multiple of 2^-24 in [0, 1). */
  uniform(): number {
    return (this.word() >>> 8) / 0x1000000;
  }

  /** In [low, high), as float32. */
  between(low: number, high: number): number {
    return Math.fround(low + (high - low) * this.uniform());
  }

  /** In [1 / high.., high) evenly on a logarithmic scale. */
  logBetween(low: number, high: number): number {
    return Math.fround(Math.exp(this.between(Math.log(low), Math.log(high))));
  }

  /** 0 … limit - 1, of at most 2^16: by the upper bits, since the lower ones of neighbours are less independent. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  coin(): boolean {
    return this.word() >>> 31 === 1;
  }

  /** Of the Beta distribution with both parameters `alpha`: the share of one of two Gamma variables of it. */
  beta(alpha: number): number {
    const [a, b] = [this.logGamma(alpha), this.logGamma(alpha)];
    return 1 / (1 + Math.exp(b - a));
  }

  /** 0 … count - 1 in random order. */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let last = count - 1; last > 0; last--) {
      const chosen = this.below(last + 1);
      [order[last], order[chosen]] = [order[chosen] ?? 0, order[last] ?? 0];
    }
    return order;
  }

  /**
   * The logarithm of a Gamma variable: Marsaglia and Tsang (ACM TOMS 26(3), 2000); below 1, with their boost, whose power would
   * underflow for a small alpha.
   */
  private logGamma(alpha: number): number {
    if (alpha < 1) return this.logGamma(alpha + 1) + Math.log(this.open()) / alpha;
    const d = alpha - 1 / 3;
    for (;;) {
      const x = Math.sqrt(-2 * Math.log(this.open())) * Math.cos(2 * Math.PI * this.uniform());
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(this.open()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
    }
  }

  /** In (0, 1). */
  private open(): number {
    return (this.word() + 0.5) / 0x100000000;
  }
}

/** The coins and offsets of layout/augment.wgsl, by the same numbers, and one that it leaves over. */
export const basicDraws = (seed: number, image: number) => {
  const word = (which: number) => randomAt(seed, FIRST_STREAM, (image * 4 + which) >>> 0);
  return {
    mirror: word(0) >>> 31 === 1,
    offset: (axis: 'y' | 'x', shift: number) => (word(axis === 'y' ? 1 : 2) % (2 * shift + 1)) - shift,
    verticalFlip: word(3) >>> 31 === 1,
  };
};

/** To the nearest integer, halves to the even one, as Python rounds. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
