// Repeated measurements in a few numbers: a median, two percentiles, and how sure the median is. Times have a long tail: a
// mean would show the machine's other work.

import * as v from 'valibot';
import { createRandom } from '../src/runtime/random.ts';
import { amount, countFromOne, described, type Value } from './schema.ts';

export type Interval = { readonly low: number; readonly high: number };

export const statisticsSchema = described(
  v.strictObject({
    median: amount,
    /** 5th and 95th percentile. */
    p5: amount,
    p95: amount,
    /** 95% bootstrap confidence interval of the median. */
    interval: v.strictObject({ low: amount, high: amount }),
    repeats: countFromOne,
  }),
  'Milliseconds of a repeat; the interval is a 95% bootstrap confidence interval of the median.',
);

export type Statistics = Value<typeof statisticsSchema>;

/** Resamples of a bootstrap. */
const RESAMPLES = 1000;
const SEED = 1;

/** @throws RangeError for no measurement */
export function summarize(values: readonly number[]): Statistics {
  const sorted = sort(values);
  return {
    median: quantile(sorted, 0.5),
    p5: quantile(sorted, 0.05),
    p95: quantile(sorted, 0.95),
    interval: medianInterval(values),
    repeats: values.length,
  };
}

/** The interval's width as a share of the median. */
export const relativeWidth = ({ median, interval }: Pick<Statistics, 'median' | 'interval'>): number =>
  (interval.high - interval.low) / median;

/**
 * 95% confidence interval of the median: percentiles of the medians of seeded resamples (Efron's percentile bootstrap). The
 * same values give the same interval.
 * @throws RangeError for no measurement
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = sort(values);
  const n = sorted.length;
  const random = createRandom(SEED);
  const counts = new Uint32Array(n);
  const medians = Array.from({ length: RESAMPLES }, () => {
    // A resample is how often each value was drawn; nothing has to be sorted again.
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      const drawn = Math.floor(random.uniform() * n);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    const at = (rank: number) => {
      let passed = 0;
      const place = counts.findIndex((count) => {
        passed += count;
        return passed > rank;
      });
      return sorted[place] ?? Number.NaN;
    };
    return (at(Math.floor((n - 1) / 2)) + at(Math.ceil((n - 1) / 2))) / 2;
  }).sort((a, b) => a - b);
  return { low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

function sort(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('statistics need at least one measurement');
  return values.toSorted((a, b) => a - b);
}

/** Between the two neighbours in proportion, as NumPy's default does. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
