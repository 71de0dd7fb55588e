// How a pass is measured, on a clock that only moves when something runs.
import { describe, expect, it } from 'vitest';
import { measurePass } from './measure.ts';

/** A GPU whose run takes `milliseconds(i)` at the i-th call, whatever it repeats. */
function fake(milliseconds: (call: number) => number, quantum = 0) {
  const calls: number[] = [];
  const time = async (repeats: number) => {
    const all = repeats * milliseconds(calls.length);
    calls.push(repeats);
    return quantum > 0 ? Math.floor(all / quantum) * quantum : all;
  };
  return { calls, time };
}

const OPEN = { least: 3, best: Number.POSITIVE_INFINITY, budget: 1e6 };

describe('measurePass', () => {
  it('repeats until a sample lasts long enough, and takes the median of five', async () => {
    const { calls, time } = fake((call) => (call === 5 ? 1 : 0.01));
    const { milliseconds, spent } = await measurePass(time, OPEN);
    expect(milliseconds).toBeCloseTo(0.01, 10);
    expect(calls.slice(0, 2)).toEqual([1, 1]);
    const samples = calls.slice(-5);
    expect(new Set(samples).size).toBe(1);
    expect((samples[0] ?? 0) * 0.01).toBeGreaterThanOrEqual(3);
    expect(spent).toBeCloseTo(
      calls.reduce((sum, repeats, i) => sum + repeats * (i === 5 ? 1 : 0.01), 0),
      8,
    );
  });

  it('does not repeat what is long enough', async () => {
    const { calls, time } = fake(() => 40);
    expect((await measurePass(time, OPEN)).milliseconds).toBe(40);
    expect(calls).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('stops a candidate that is 1.3 times slower than the best, not one that is a little slower', async () => {
    const slow = fake(() => 14);
    await measurePass(slow.time, { ...OPEN, best: 10 });
    expect(slow.calls).toHaveLength(2);
    const close = fake(() => 12);
    await measurePass(close.time, { ...OPEN, best: 10 });
    expect(close.calls).toHaveLength(6);
  });

  it('ends with the budget, and has a time all the same', async () => {
    const { calls, time } = fake(() => 900);
    expect(await measurePass(time, { ...OPEN, budget: 1000 })).toEqual({ milliseconds: 900, spent: 1800 });
    expect(calls).toHaveLength(2);
  });

  it('sees through a coarse clock', async () => {
    const { time } = fake(() => 0.02, 0.1);
    expect((await measurePass(time, OPEN)).milliseconds).toBeCloseTo(0.02, 3);
  });

  it('ends where the clock sees nothing at all', async () => {
    const { calls, time } = fake(() => 0);
    expect((await measurePass(time, OPEN)).milliseconds).toBeGreaterThan(0);
    expect(Math.max(...calls)).toBeLessThanOrEqual(4096);
  });
});
