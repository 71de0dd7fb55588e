// Random numbers: the pinned values are the contract with every host and with WGSL; the moments catch a wrong formula.
import { describe, expect, it } from 'vitest';
import { ConfigError } from './errors.ts';
import { createRandom, inverseNormal, randomAt } from './random.ts';

const first = (count: number, draw: () => number) => Array.from({ length: count }, draw);

describe('randomAt', () => {
  it('is pcg3d, as 64-bit integers compute it', () => {
    const mask = 0xffffffffn;
    const pcg3d = (...input: [bigint, bigint, bigint]) => {
      let [x, y, z] = input.map((v) => (v * 1664525n + 1013904223n) & mask) as [bigint, bigint, bigint];
      x = (x + y * z) & mask;
      y = (y + z * x) & mask;
      z = (z + x * y) & mask;
      [x, y, z] = [x ^ (x >> 16n), y ^ (y >> 16n), z ^ (z >> 16n)];
      return (x + y * z) & mask;
    };
    for (const [a, b, c] of [
      [0, 0, 0],
      [1, 2, 3],
      [0xffffffff, 0x80000000, 0x7fffffff],
      [123456789, 7, 4000000000],
    ] as const) {
      expect(randomAt(a, b, c)).toBe(Number(pcg3d(BigInt(a), BigInt(b), BigInt(c))));
    }
  });

  it('gives neighbouring seeds and streams unrelated numbers', () => {
    const count = 1 << 14;
    for (const [seed, stream] of [
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      let product = 0;
      for (let i = 0; i < count; i++) {
        product += (randomAt(0, 0, i) / 2 ** 32 - 0.5) * (randomAt(seed, stream, i) / 2 ** 32 - 0.5);
      }
      expect(Math.abs((product / count) * 12)).toBeLessThan(4 / Math.sqrt(count)); // four standard deviations
    }
  });
});

describe('createRandom', () => {
  it('streams randomAt', () => {
    const random = createRandom(7, 3);
    expect(first(3, random.uint32)).toEqual([0, 1, 2].map((i) => randomAt(7, 3, i)));
  });

  it('has pinned numbers: changing one changes every initialisation and shuffle', () => {
    expect(first(4, createRandom(0).uint32)).toEqual([2611992518, 2136848594, 3777396566, 4164038669]);
    expect(first(4, createRandom(1).uniform)).toEqual([
      0.6327937841415405, 0.039856910705566406, 0.8338104486465454, 0.5188944339752197,
    ]);
    expect(first(10, createRandom(42).normal)).toEqual([
      -0.1319671869518665, -0.7803170817417336, -0.19520592122777236, 0.3048879898202842, 1.902901330156064,
      -0.6974501288028405, 0.39729881719208515, -0.1045477708790812, -0.20260081740690372, 0.23520114611144477,
    ]);
  });

  it('draws uniform numbers that float32 holds, evenly', () => {
    const random = createRandom(5);
    const bins = new Uint32Array(64);
    const count = 64_000;
    for (let i = 0; i < count; i++) {
      const value = random.uniform();
      expect(value >= 0 && value < 1 && Math.fround(value) === value).toBe(true);
      bins[Math.floor(value * 64)] = (bins[Math.floor(value * 64)] ?? 0) + 1;
    }
    const chiSquared = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(Math.abs(chiSquared - 63)).toBeLessThan(4 * Math.sqrt(2 * 63));
  });

  it('draws normal numbers: mean, variance, skewness, kurtosis and tails', () => {
    const random = createRandom(2);
    const count = 200_000;
    const moments = [0, 0, 0, 0];
    let beyond2 = 0;
    let beyond3 = 0;
    for (let i = 0; i < count; i++) {
      const z = random.normal();
      for (let k = 0; k < 4; k++) moments[k] = (moments[k] ?? 0) + z ** (k + 1) / count;
      if (Math.abs(z) > 2) beyond2++;
      if (Math.abs(z) > 3) beyond3++;
    }
    const near = (got: number, expected: number, variance: number) =>
      expect(Math.abs(got - expected)).toBeLessThan(4 * Math.sqrt(variance / count));
    const [m1, m2, m3, m4] = moments as [number, number, number, number];
    near(m1, 0, 1);
    near(m2, 1, 2);
    near(m3, 0, 15);
    near(m4, 3, 96);
    near(beyond2 / count, 0.0455003, 0.0434);
    near(beyond3 / count, 0.0026998, 0.0027);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => createRandom(seed)).toThrow(ConfigError);
    expect(() => createRandom(0, seed)).toThrow(/^stream: /);
  });
});

describe('inverseNormal', () => {
  // Python's statistics.NormalDist().inv_cdf, which is AS 241 with the C library's logarithm.
  it.each([
    [0.5 / 2 ** 32, -6.337957754553789],
    [1e-6, -4.753424308822899],
    [0.001, -3.090232306167813],
    [0.02, -2.0537489106318225],
    [0.07499, -1.4396021182393162],
    [0.0751, -1.4388253927525398],
    [0.3, -0.5244005127080407],
    [0.5, 0],
    [0.9, 1.2815515655446008],
    [0.999999, 4.753424308817089],
  ])('of %s is %s', (p, expected) => {
    expect(Math.abs(inverseNormal(p) - expected)).toBeLessThanOrEqual(4 * Number.EPSILON * Math.abs(expected));
  });
});
