import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import { headGradient } from './cam.ts';
import { oneHot } from './explainer.ts';
import { gradCam, overChannels, timesInput } from './gradient-maps.ts';
import { type INTEGRATION_RULES, integrationPoints } from './integrated-gradients.ts';
import { inMicroBatches } from './micro-batches.ts';
import { occlusionWindows } from './occlusion.ts';
import { smoothGradNoise } from './smooth-grad.ts';

describe('integration points', () => {
  it('of Gauss and Legendre are exact for polynomials of degree 2n - 1, also for many points', () => {
    for (const count of [1, 2, 5, 50, 200]) {
      const points = integrationPoints('gausslegendre', count);
      for (const degree of [0, 1, Math.min(2 * count - 1, 60)]) {
        const sum = points.reduce((all, { alpha, weight }) => all + weight * alpha ** degree, 0);
        expect(sum).toBeCloseTo(1 / (degree + 1), 13);
      }
      expect(points.map(({ alpha }) => alpha)).toEqual(points.map(({ alpha }) => alpha).toSorted((a, b) => a - b));
    }
  });

  it('of Riemann rules are where their names say', () => {
    const alphas = (rule: (typeof INTEGRATION_RULES)[number]) => integrationPoints(rule, 4).map(({ alpha }) => alpha);
    expect(alphas('riemann_left')).toEqual([0, 0.25, 0.5, 0.75]);
    expect(alphas('riemann_middle')).toEqual([0.125, 0.375, 0.625, 0.875]);
    expect(alphas('riemann_right')).toEqual([0.25, 0.5, 0.75, 1]);
    expect(integrationPoints('riemann_trapezoid', 3)).toEqual([
      { alpha: 0, weight: 1 / 6 },
      { alpha: 0.5, weight: 1 / 3 },
      { alpha: 1, weight: 1 / 6 },
    ]);
  });

  it('refuse an unknown rule, and too few', () => {
    expect(() => integrationPoints('simpson' as 'riemann_left', 5)).toThrow(ConfigError);
    expect(() => integrationPoints('riemann_middle', 1)).toThrow(ConfigError);
    expect(() => integrationPoints('gausslegendre', 1.5)).toThrow(ConfigError);
  });
});

describe('SmoothGrad noise', () => {
  const image = Float32Array.from({ length: 20_000 }, (_, i) => (i % 5) - 1);

  it('is the same for the same seed, another for another sample, and as wide as asked', () => {
    const noise = smoothGradNoise(image, 3, { level: 0.25, seed: 9 });
    expect(smoothGradNoise(image, 3, { level: 0.25, seed: 9 })).toEqual(noise);
    expect(smoothGradNoise(image, 4, { level: 0.25, seed: 9 })).not.toEqual(noise);
    const std = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
    expect(Math.abs(std - 1)).toBeLessThan(0.02); // a quarter of the range, which is 4
  });
});

describe('maps', () => {
  it('over channels: the largest magnitude, or the sum', () => {
    const values = Float32Array.of(1, -2, -3, 1);
    expect([...overChannels(values, 2, 'largest')]).toEqual([3, 2]);
    expect([...overChannels(values, 2, 'sum')]).toEqual([-2, -1]);
    expect([...timesInput(Float32Array.of(2, 3), Float32Array.of(-1, 0.5))]).toEqual([-2, 1.5]);
  });

  it('of Grad-CAM: channels weighed by their mean gradient, clipped at zero unless signed', () => {
    const shape = [2, 1, 2] as const;
    const values = Float32Array.of(1, 2, 3, -4);
    const gradient = Float32Array.of(1, 3, -1, -1);
    expect([...gradCam({ shape, values, gradient }, { signed: true })]).toEqual([-1, 8]);
    expect([...gradCam({ shape, values, gradient })]).toEqual([0, 8]);
  });

  it('of the head: the gradient of a mean, 0 where the ReLU clips', () => {
    const input = {
      features: Float32Array.of(1, -1),
      shape: [1, 1, 2] as const,
      affine: Float32Array.of(2, 0.5, 0, 0),
      weight: Float32Array.of(3, 5),
      seeds: Float32Array.of(0, 1),
      count: 1,
    };
    expect(headGradient(input, false)).toEqual({
      values: Float32Array.of(2.5, -1.5),
      gradient: Float32Array.of(2.5, 0),
    });
    expect(headGradient(input, true)).toEqual({ values: Float32Array.of(2.5, 0), gradient: Float32Array.of(2.5, 2.5) });
  });
});

it('micro-batches cover everything once, report progress, and end when aborted', async () => {
  const seen: [number, number][] = [];
  const progress: number[] = [];
  const signal = { aborted: false };
  const run = async (first: number, count: number) => {
    seen.push([first, count]);
    signal.aborted = first === 4;
  };
  expect(await inMicroBatches(5, 2, { onProgress: (done) => progress.push(done) }, run)).toBe(true);
  expect(seen).toEqual([
    [0, 2],
    [2, 2],
    [4, 1],
  ]);
  expect(progress).toEqual([2, 4, 5]);
  seen.length = 0;
  signal.aborted = false;
  expect(await inMicroBatches(9, 2, { signal }, run)).toBe(false);
  expect(seen.length).toBe(3);
});

it('windows of occlusion reach the edge, the last one clipped there', () => {
  expect(occlusionWindows({ height: 10, width: 7 }, { window: [4, 7], stride: [3, 2] })).toEqual([3, 1]);
  expect(occlusionWindows({ height: 11, width: 9 }, { window: [4, 2], stride: [3, 2] })).toEqual([4, 5]);
});

it('refuses a class out of range', () => {
  expect([...oneHot([1, 0], 2)]).toEqual([0, 1, 1, 0]);
  for (const label of [2, -1, 0.5]) expect(() => oneHot([label], 2)).toThrow(ConfigError);
});
