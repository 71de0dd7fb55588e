// The roofline's kernels do what they are timed at, on every host, and a figure says which clock it is from.
import type { RooflineRequest } from '../../../bench/sections/roofline/measure.ts';
import { isMissing } from '../../../bench/sections/roofline/schema.ts';
import { expect, test } from '../fixtures/host-test.ts';

/** Nanoseconds, as Dawn rounds. */
const ROUNDED_TO = 65_536;
const QUICK: RooflineRequest = { time: { samples: 3, milliseconds: 50 }, copyBytes: 2 ** 20 };

test('multiply-adds and bytes a second, with right results', async ({ session }) => {
  const roofline = await session.run('roofline', QUICK);
  if (session.adapter.features.includes('timestamp-query')) expect(roofline.clock.kind).toBe('timestamps');
  const figures = [
    roofline.f32,
    roofline.copy,
    ...(session.adapter.features.includes('shader-f16') ? [roofline.f16] : []),
  ];
  for (const figure of figures) {
    if (isMissing(figure)) throw new Error(figure.problem);
    expect(Number.isFinite(figure.best)).toBe(true);
    expect(figure.median).toBeGreaterThan(0);
    expect(figure.best).toBeGreaterThanOrEqual(figure.median);
    expect(figure.milliseconds).toBeGreaterThan(0);
  }
});

test('a device without timestamps is timed by the clock, and says why', async ({ session }) => {
  const roofline = await session.run('roofline', { ...QUICK, wallClock: true });
  expect(roofline.clock).toEqual({ kind: 'wall clock', reason: 'this device has no timestamp queries' });
  for (const figure of [roofline.f32, roofline.copy]) {
    if (isMissing(figure)) throw new Error(figure.problem);
    expect(figure.best).toBeGreaterThan(0);
  }
});

test('a clock is believed where it is true, its rounding is found, and any other is told apart', async ({
  session,
}) => {
  test.skip(!session.adapter.features.includes('timestamp-query'), 'this adapter has no timestamp queries');
  const { rounded, ...clocks } = await session.run('clocks');
  expect(clocks.true.clock.kind).toBe('timestamps');
  if (rounded.clock.kind !== 'timestamps') throw new Error(rounded.clock.reason);
  expect(rounded.clock.quantum % ROUNDED_TO).toBe(0);
  expect(rounded.clock.quantum).toBeGreaterThan(0);
  expect(rounded.method).toBe('repeated');
  expect(rounded.repeats).toBeGreaterThan(1);
  // The rest is rounded down in the end.
  expect(rounded.interval, 'long against the quantum').toBeGreaterThan(45 * rounded.clock.quantum);
  const reasons = [
    [clocks.twiceAsFast, /timestamps are wrong: .* passed by them/],
    [clocks.backwards, /go backwards/],
    [clocks.atZero, /at zero/],
    [clocks.standingStill, /stand still: 1 values/],
  ] as const;
  for (const [{ clock, interval }, reason] of reasons) {
    if (clock.kind !== 'wall clock') throw new Error(`believed: ${JSON.stringify(clock)}`);
    expect(clock.reason).toMatch(reason);
    expect(interval).toBeGreaterThan(0);
  }
});
