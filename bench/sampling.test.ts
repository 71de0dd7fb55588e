import { describe, expect, it } from 'vitest';
import { createRandom } from '../src/runtime/random.ts';
import { FULL_SAMPLING, type SampleOptions, sample } from './sampling.ts';
import { relativeWidth } from './statistics.ts';

/** A clock that only what is measured moves. */
function repeated(next: (run: number) => number, options: Partial<SampleOptions> = {}) {
  let time = 0;
  let runs = 0;
  const reported: string[] = [];
  const result = sample(
    async () => {
      time += next(runs++);
    },
    {
      sampling: FULL_SAMPLING,
      now: () => time,
      signal: new AbortController().signal,
      onRepeat: (phase, repeats) => reported.push(`${phase} ${repeats}`),
      ...options,
    },
  );
  return { result, reported, runs: () => runs };
}

describe('a sample', () => {
  it('ends at its least repeats where they agree, warm-up left out', async () => {
    const { result, reported, runs } = repeated((run) => (run < 2 ? 500 : 10));
    expect(await result).toEqual({
      warmUp: [500, 500],
      milliseconds: { median: 10, p5: 10, p95: 10, interval: { low: 10, high: 10 }, repeats: 20 },
      ended: 'interval narrow enough',
    });
    expect(runs()).toBe(22);
    expect(reported.slice(0, 4)).toEqual(['warming up 0', 'warming up 0', 'measuring 0', 'measuring 1']);
  });

  it('goes on until the interval is narrow, and no longer than a tenth more', async () => {
    const random = createRandom(3);
    const { milliseconds, ended } = await repeated(() => 100 + 10 * random.normal(), {
      sampling: { ...FULL_SAMPLING, seconds: 600 },
    }).result;
    expect(ended).toBe('interval narrow enough');
    expect(relativeWidth(milliseconds)).toBeLessThan(0.03);
    // 3.92 * 1.2533 * 10 / sqrt(n) < 3 from n = 268.
    expect(milliseconds.repeats).toBeGreaterThan(100);
    expect(milliseconds.repeats).toBeLessThan(500);
  });

  it('ends when the time is over, and says so', async () => {
    const random = createRandom(4);
    const { milliseconds, ended } = await repeated(() => 100 * (1 + random.uniform()), {
      sampling: { repeats: 20, seconds: 5, width: 1e-4 },
    }).result;
    expect(ended).toBe('time over');
    expect(milliseconds.repeats).toBeGreaterThanOrEqual(25);
    expect(milliseconds.repeats).toBeLessThanOrEqual(50);
  });

  it('on a slow device has three repeats and one warm-up, and says that they are few', async () => {
    const { warmUp, milliseconds, ended } = await repeated(() => 60_000).result;
    expect(warmUp).toEqual([60_000]);
    expect(milliseconds).toMatchObject({ repeats: 3, median: 60_000 });
    expect(ended).toBe('time over with too few repeats');
  });

  it('stops after the repeat under way, and before the first one throws', async () => {
    const abort = new AbortController();
    const { result } = repeated(
      (run) => {
        if (run === 5) abort.abort();
        return 10;
      },
      { signal: abort.signal },
    );
    expect(await result).toMatchObject({ ended: 'stopped', milliseconds: { repeats: 4 } });
    const { result: early } = repeated(
      (run) => {
        if (run === 1) abort.abort();
        return 10;
      },
      { signal: abort.signal },
    );
    await expect(early).rejects.toThrow(/abort/);
  });
});
