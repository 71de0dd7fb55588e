import { describe, expect, it } from 'vitest';
import { GpuError } from './errors.ts';
import { createRandom } from './random.ts';
import { clockProblem, elapsed, quantumOf } from './timestamps.ts';

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
    const every = Array.from({ length: 30 }, (_, i) => 7 + i * quantum);
    expect(quantumOf(every)).toBe(quantum);
  });

  it('is the smallest distance seen where the clock only ticks, for it cannot be coarser', () => {
    // 12 MHz, written as whole nanoseconds: distances have no common divisor, and no two are less than a tick apart.
    const ticks = moments(1, 500).map((at) => Math.floor(Math.floor(at / 83.3333) * 83.3333));
    const found = quantumOf(ticks) ?? 0;
    expect(found).toBeGreaterThanOrEqual(83);
    expect(found).toBeLessThan(10_000);
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
