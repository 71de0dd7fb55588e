import { describe, expect, it } from 'vitest';
import { createRandom } from '../src/runtime/random.ts';
import { medianInterval, relativeWidth, summarize } from './statistics.ts';

describe('spread', () => {
  it('gives median and percentiles as NumPy does, in any order', () => {
    expect(summarize([4, 1, 3, 2])).toMatchObject({ median: 2.5, p5: 1.15, p95: 3.8499999999999996, repeats: 4 });
    expect(summarize([7])).toEqual({ median: 7, p5: 7, p95: 7, repeats: 1, interval: { low: 7, high: 7 } });
  });

  it('has nothing to say of nothing', () => {
    expect(() => summarize([])).toThrow(RangeError);
    expect(() => medianInterval([])).toThrow(RangeError);
  });

  it('says how wide an interval is', () => {
    expect(relativeWidth({ median: 50, interval: { low: 49, high: 51 } })).toBe(0.04);
  });
});

describe('the interval of the median', () => {
  const random = createRandom(5);
  const draws: Readonly<Record<string, { readonly median: number; readonly draw: () => number }>> = {
    normal: { median: 10, draw: () => 10 + random.normal() },
    // What times look like: a floor and a long tail. ln 2 is an exponential's median.
    'long-tailed': { median: 5 + Math.LN2, draw: () => 5 - Math.log(1 - random.uniform()) },
    // Two modes, as of a clock that steps between two speeds, the slower one rarer.
    'two modes': { median: 1 + 2 / 3 / 10, draw: () => (random.uniform() < 0.75 ? 1 : 2) + random.uniform() / 10 },
  };

  it.each(Object.keys(draws))('holds the true median of %s times about as often as it says', (name) => {
    const { median, draw } = draws[name] ?? draws.normal ?? { median: 0, draw: () => 0 };
    for (const size of [20, 51]) {
      let covered = 0;
      const trials = 300;
      for (let trial = 0; trial < trials; trial++) {
        const { low, high } = medianInterval(Array.from({ length: size }, draw));
        if (low <= median && median <= high) covered++;
      }
      // 95%, give or take a bootstrap's own error on so few values and three standard deviations of 300 trials.
      expect(covered / trials, `of ${size}`).toBeGreaterThan(0.89);
      expect(covered / trials, `of ${size}`).toBeLessThan(0.995);
    }
  });

  it('narrows with the root of their number, and is the same each time', () => {
    const of = (size: number) => Array.from({ length: size }, () => 10 + random.normal());
    const width = (values: number[]) => {
      const { low, high } = medianInterval(values);
      return high - low;
    };
    const mean = (size: number) => Array.from({ length: 40 }, () => width(of(size))).reduce((a, b) => a + b, 0) / 40;
    // The median's standard error is 1.2533 standard deviations over the root of n; 3.92 of those are the interval.
    for (const size of [64, 400]) expect(mean(size) / ((3.92 * 1.2533) / Math.sqrt(size))).toBeCloseTo(1, 0.7);
    const values = of(100);
    expect(medianInterval(values)).toEqual(medianInterval(values));
  });
});
