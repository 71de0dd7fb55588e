// Rates, suggestions and the plot of a learning-rate sweep; the sweep itself runs on a GPU (tests/jobs/recipes.ts).
import { describe, expect, test } from 'vitest';
import { type LrPoint, suggestRates, sweepRates, sweepText } from './lr-finder.ts';
import { averageDecay, averageValues } from './weight-average.ts';

const curve = (loss: (log: number) => number, steps = 60): LrPoint[] =>
  sweepRates(1e-6, 10, steps).map((rate) => {
    const smoothed = loss(Math.log10(rate));
    return { rate, loss: smoothed, smoothed };
  });

describe('a sweep', () => {
  test('has rates that rise by one factor', () => {
    const rates = sweepRates(1e-4, 1, 5);
    for (const [i, rate] of [1e-4, 1e-3, 1e-2, 1e-1, 1].entries()) expect(rates[i]).toBeCloseTo(rate, 12);
  });

  test("suggests fastai's valley and steepest place", () => {
    // Flat to 1e-4, down to its least at 0.1, then up: the valley lies midway, the steepest place where the slope is.
    const points = curve((log) => (log < -4 ? 2 : log < -1 ? 2 - (log + 4) / 2 : 0.5 + (log + 1) ** 2));
    const found = suggestRates(points);
    expect(Math.log10(found?.valley ?? 0)).toBeGreaterThan(-3.5);
    expect(Math.log10(found?.valley ?? 0)).toBeLessThan(-2);
    expect(Math.log10(found?.steepest ?? 0)).toBeGreaterThan(-4.3);
    expect(Math.log10(found?.steepest ?? 0)).toBeLessThan(-1);
    expect(Math.log10(found?.minimum ?? 0)).toBeCloseTo(-2, 0);
  });

  test('of too few points suggests nothing', () => {
    expect(suggestRates(curve(() => 1, 7))).toBeUndefined();
    expect(suggestRates([])).toBeUndefined();
    expect(sweepText({ points: [], suggestions: undefined })).toBe('too few steps for a curve');
  });

  test('is drawn in as many columns and rows as asked for', () => {
    const points = curve((log) => 2 + log / 10, 30);
    const text = sweepText({ points, suggestions: suggestRates(points, true) }, 40, 6);
    const lines = text.split('\n');
    expect(lines).toHaveLength(6 + 3);
    for (const line of lines.slice(0, 7)) expect(line).toHaveLength(51);
    expect(lines.slice(0, 6).join('').match(/\*/g)?.length).toBeGreaterThan(10);
  });
});

describe('an average', () => {
  test("moves by 1 - decay; with warm-up as timm's ModelEmaV3", () => {
    expect(averageValues({ decay: 0.999, decayWarmup: false }, 1)).toEqual({ weight: 1 - 0.999, rest: 0.999 });
    const warm = [1, 2, 3, 1e9].map((update) => averageDecay({ decay: 0.9, decayWarmup: true }, update));
    expect(warm).toEqual([0, 1 - 2 ** (-2 / 3), 1 - 3 ** (-2 / 3), 0.9]);
  });
});
