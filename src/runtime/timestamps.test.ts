import { describe, expect, it } from 'vitest';
import { GpuError } from './errors.ts';
import { createRandom } from './random.ts';
import { clockProblem, elapsed, farApart, quantumOf } from './timestamps.ts';

/** Moments with gaps as passes have them, a microsecond to a millisecond. */
function moments(seed: number, count: number): number[] {
  const random = createRandom(seed);
  let at = random.uint32();
  return Array.from({ length: count }, () => {
    at += 1000 + (random.uint32() % 1_000_000);
    return at;
  });
}

describe('the quantum of timestamps', () => {
  it.each([65_536, 100_000, 1_000_000])('is found where a host rounds to %d ns', (quantum) => {
    for (let seed = 0; seed < 20; seed++) {
      const rounded = moments(seed, 200).map((at) => Math.floor(at / quantum) * quantum);
      const found = quantumOf(rounded);
      // A multiple of it is safe: intervals get longer than they need be.
      expect(found).toBeGreaterThanOrEqual(quantum);
      expect((found ?? 0) % quantum).toBe(0);
    }
    // No two are one quantum apart.
    const sparse = Array.from({ length: 10 }, (_, i) => [5 * i, 5 * i + 2]).flat();
    expect(quantumOf(sparse.map((i) => 7 + i * quantum))).toBe(quantum);
  });

  it.each([83.3333, 41.6667, 1000.125, 30_517.578])('is found where a clock ticks every %d ns', (tick) => {
    // Written as whole nanoseconds, so that distances have no common divisor.
    const ticks = moments(1, 500).map((at) => Math.floor(Math.floor(at / tick) * tick));
    const found = quantumOf(ticks) ?? 0;
    expect(found).toBeGreaterThanOrEqual(tick - 3);
    expect(found).toBeLessThan(8 * tick);
  });

  it('is the smallest distance where there is nothing else to go by', () => {
    expect(quantumOf([9, 1, 2, 4, 100, 50, 70, 30])).toBe(1);
  });

  it('is not guessed from too few values', () => {
    expect(quantumOf([])).toBeUndefined();
    expect(quantumOf([5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 65_541])).toBeUndefined();
  });
});

describe('the GPU’s clock by the host’s', () => {
  const first = { timestamp: 0, after: 100, before: 101 };
  const last = (milliseconds: number) => ({ timestamp: milliseconds * 1e6, after: 140, before: 150 });

  it('may say anything that the host saw', () => {
    for (const milliseconds of [39, 45, 50]) expect(clockProblem(first, last(milliseconds))).toBeUndefined();
  });

  it('is looked at until the host can tell it from one twice as fast', () => {
    expect(farApart(first, { timestamp: 0, after: 140, before: 150 })).toBe(true);
    expect(farApart(first, { timestamp: 0, after: 120, before: 150 })).toBe(false);
    expect(farApart({ ...first, before: 115 }, { timestamp: 0, after: 140, before: 150 })).toBe(false);
  });

  it('is refused where it counts something else than nanoseconds', () => {
    expect(clockProblem(first, last(30))).toMatch(/30\.0 ms passed by them, 37\.0 to 52\.5 ms by the host/);
    expect(clockProblem(first, last(60))).toMatch(/wrong/);
    expect(clockProblem(first, last(-1))).toMatch(/wrong/);
  });
});

describe('a pass', () => {
  it('begins when the one before has ended, though its beginning was written earlier', () => {
    expect(elapsed(500, 100, 900)).toBe(400);
    expect(elapsed(500, 600, 900)).toBe(300);
    expect(elapsed(500, Number.NaN, 900)).toBe(400);
  });

  it('cannot end before it begins', () => {
    expect(() => elapsed(500, 600, 599)).toThrow(GpuError);
    expect(() => elapsed(500, 600, Number.NaN)).toThrow(GpuError);
  });
});
