import { describe, expect, it } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { createRandom } from '../runtime/random.ts';
import { averageProbabilities, testTimeViews } from './test-time.ts';

const softmax = (row: readonly number[]): number[] => {
  const terms = row.map(Math.exp);
  return terms.map((term) => term / terms.reduce((a, b) => a + b, 0));
};

describe('testTimeViews', () => {
  // Two planes of 2x3, 3x5.
  const images = Uint8Array.from({ length: 2 * 3 * 5 }, (_, i) => i);

  it('gives the image and its mirror image, each plane by itself', () => {
    const [own, mirrored] = testTimeViews('mirror', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), { height: 2, width: 2 });
    expect(Array.from(own ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(mirrored).toEqual(Float32Array.of(2, 1, 4, 3, 6, 5, 8, 7));
  });

  it("gives corners and centre in torchvision's order", () => {
    const views = testTimeViews('five-crop', images, { height: 2, width: 2 }, { height: 3, width: 5 });
    expect(views.map((view) => Array.from(view.subarray(0, 4)))).toEqual([
      [0, 1, 5, 6],
      [3, 4, 8, 9],
      [5, 6, 10, 11],
      [8, 9, 13, 14],
      // Halves round to even: row 1/2 is 0, column 3/2 is 2.
      [2, 3, 7, 8],
    ]);
    expect(views[4]).toEqual(Uint8Array.of(2, 3, 7, 8, 17, 18, 22, 23));
  });

  it('refuses images that have no such views', () => {
    const size = { height: 3, width: 5 };
    expect(() => testTimeViews('five-crop', images, size)).toThrow(ConfigError);
    expect(() => testTimeViews('five-crop', images, { height: 4, width: 2 }, size)).toThrow(ConfigError);
    expect(() => testTimeViews('mirror', images, { height: 2, width: 5 }, size)).toThrow(ConfigError);
  });
});

describe('averageProbabilities', () => {
  const random = createRandom(4);
  const views = Array.from({ length: 3 }, () => Float32Array.from({ length: 8 }, () => 20 * random.normal()));

  it('has the mean of the softmax', () => {
    const mean = averageProbabilities(views, 4);
    for (const row of [0, 4]) {
      const wanted = views.map((view) => softmax(Array.from(view.subarray(row, row + 4))));
      // The logits are float32: a relative error of |logit| 2^-24.
      for (const [j, p] of softmax(Array.from(mean.subarray(row, row + 4))).entries())
        expect(p).toBeCloseTo(wanted.reduce((sum, of) => sum + (of[j] ?? 0), 0) / 3, 5);
    }
  });

  it('has the mean of the sigmoids, of several labels', () => {
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
    const mean = averageProbabilities(views, 4, true);
    for (const [i, z] of mean.entries())
      expect(sigmoid(z)).toBeCloseTo(views.reduce((sum, view) => sum + sigmoid(view[i] ?? 0), 0) / 3, 5);
  });

  it('keeps NaN', () => {
    expect(averageProbabilities([Float32Array.of(1, 2), Float32Array.of(Number.NaN, 1)], 2)).toEqual(
      Float32Array.of(Number.NaN, Number.NaN),
    );
  });
});
