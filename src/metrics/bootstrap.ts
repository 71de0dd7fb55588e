// Bootstrap percentile intervals: images are drawn with replacement, as many as there are, and a metric is computed of each such
// sample; the interval is where the middle of its values lies (Efron 1979). Samples are drawn once for all metrics of a report, by
// the seeded generator of the library, so that they are the same on every host.

import { ConfigError } from '../runtime/errors.ts';
import { randomAt } from '../runtime/random.ts';

export interface BootstrapOptions {
  /** How many samples are drawn; 0 gives no intervals. */
  readonly resamples: number;
  /** Of the draws: sample `r` draws its `i`-th image by `randomAt(seed, r, i)`. */
  readonly seed: number;
  /** The share of samples within the interval: 0.95. */
  readonly confidence: number;
}

/** From the metric's percentile (1 - confidence) / 2 to that of (1 + confidence) / 2. */
export interface Interval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/** Where all samples together cost more than a few seconds, there are fewer of them, and where 200 cost minutes, there are none. */
const MOST_RESAMPLES = 1000;
const FEWEST_RESAMPLES = 200;
const FAST_STEPS = 5e8;
const MOST_STEPS = 2e10;

/** How many samples are drawn where nobody says. @param rankings how many orders of the images each of them is walked in */
export function defaultResamples(images: number, rankings: number): number {
  const steps = Math.max(images * rankings, 1);
  if (FEWEST_RESAMPLES * steps > MOST_STEPS) return 0;
  return Math.min(Math.max(Math.floor(FAST_STEPS / steps), FEWEST_RESAMPLES), MOST_RESAMPLES);
}

/**
 * An interval for each of `metrics` numbers; null where fewer than half of the samples have that metric (it is NaN where a
 * sample has no image of a class).
 * @param measure writes the metrics of a sample, in which image i occurs weights[i] times, into `into`
 * @throws ConfigError for options that cannot be
 */
export function bootstrapIntervals(
  images: number,
  metrics: number,
  measure: (weights: Uint16Array, into: Float64Array) => void,
  { resamples, seed, confidence }: BootstrapOptions,
): (Interval | null)[] {
  if (!Number.isInteger(resamples) || resamples < 0 || resamples > 1e6)
    throw new ConfigError('resamples', resamples, 'must be a whole number from 0 to 1000000');
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new ConfigError('seed', seed, 'must be a whole number from 0 to 4294967295');
  if (!(confidence > 0 && confidence < 1))
    throw new ConfigError('confidence', confidence, 'must lie between 0 and 1: 0.95, for example');
  const values = Array.from({ length: metrics }, () => new Float64Array(resamples));
  const weights = new Uint16Array(images);
  const into = new Float64Array(metrics);
  for (let r = 0; r < resamples; r++) {
    weights.fill(0);
    for (let i = 0; i < images; i++) {
      const image = Math.floor((randomAt(seed, r, i) / 0x100000000) * images);
      weights[image] = (weights[image] ?? 0) + 1;
    }
    measure(weights, into);
    for (const [metric, value] of into.entries()) (values[metric] ?? into)[r] = value;
  }
  return values.map((sample) => intervalOf(sample, confidence));
}

function intervalOf(sample: Float64Array, confidence: number): Interval | null {
  const defined = sample.filter((value) => !Number.isNaN(value)).sort();
  if (defined.length === 0 || 2 * defined.length < sample.length) return null;
  return { low: quantile(defined, (1 - confidence) / 2), high: quantile(defined, (1 + confidence) / 2) };
}

/** Between the two nearest of ascending values, linearly (numpy.percentile's default). */
export function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const low = ascending[Math.floor(at)] ?? Number.NaN;
  const high = ascending[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
