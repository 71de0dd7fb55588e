// How often a pass is repeated in an interval, on a clock of the test's own.
import { describe, expect, it, vi } from 'vitest';
import { fake } from '../../tests/fixtures/fake.ts';
import type { Device } from './device.ts';
import { Stopwatch } from './stopwatch.ts';

const NOTHING = { encode: () => undefined };

/** A stopwatch by the host's clock, whose one repeat takes `nanoseconds` in the interval of that place. */
async function stopwatchOf(nanoseconds: (place: number) => number) {
  let [place, at] = [0, 0];
  const device = fake<Device>({ now: () => at });
  const stopwatch = await Stopwatch.create(device, { wallClock: true });
  vi.spyOn(stopwatch, 'interval').mockImplementation(async (_, repeats) => {
    const taken = repeats * nanoseconds(place++);
    at += taken / 1e6;
    return taken;
  });
  return stopwatch;
}

describe('an interval', () => {
  it('is repeated until it is long, and what that took counts for nothing', async () => {
    const stopwatch = await stopwatchOf((place) => (place === 0 ? 5e4 : 1e5));
    const { nanoseconds, repeats } = await stopwatch.time(NOTHING, { samples: 3, milliseconds: 1e4 });
    expect(nanoseconds).toEqual([1e5, 1e5, 1e5]);
    expect(repeats * 1e5).toBeGreaterThanOrEqual(stopwatch.shortest / 2);
  });

  it('is never half as long as it should be, where repeats were chosen while others had the GPU', async () => {
    const stopwatch = await stopwatchOf((place) => (place < 4 ? 1e6 : 1e4));
    const { nanoseconds, repeats } = await stopwatch.time(NOTHING, { samples: 5, milliseconds: 1e4 });
    expect(nanoseconds).toEqual(Array(5).fill(1e4));
    expect(repeats * 1e4).toBeGreaterThanOrEqual(stopwatch.shortest / 2);
  });

  it('counts, short as it is, where there is no time for another', async () => {
    const stopwatch = await stopwatchOf(() => 1e6);
    const { nanoseconds, repeats } = await stopwatch.time(NOTHING, { samples: 3, milliseconds: 0.5 });
    expect({ nanoseconds, repeats }).toEqual({ nanoseconds: [1e6], repeats: 1 });
  });
});
