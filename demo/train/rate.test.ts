import { expect, it } from 'vitest';
import { expectedSeconds, rateOf, rateSeen, rateText, readRate } from './rate.ts';

const PASS = 2e-5;
const FLOPS = 3e11;
const timed = (passes: number, flops: number) => ({ passes, flops, seconds: passes * PASS + flops / FLOPS });

it('finds both numbers from two runs, and foretells a third', () => {
  const rate = rateOf(timed(100, 1e7), timed(100, 1e10));
  expect(rate?.secondsAPass).toBeCloseTo(PASS, 10);
  expect(rate?.flopsASecond).toBeCloseTo(FLOPS, -3);
  const other = timed(500, 5e11);
  expect(rate && expectedSeconds(rate, other)).toBeCloseTo(other.seconds, 8);
});

it('makes do with a clock that tells nothing of the short run', () => {
  const rate = rateOf({ passes: 100, flops: 1e7, seconds: 0 }, { passes: 100, flops: 1e10, seconds: 0.05 });
  expect(rate?.secondsAPass).toBe(0);
  expect(rate?.flopsASecond).toBeGreaterThan(0);
  expect(rateOf(timed(1, 1), { passes: 1, flops: 1, seconds: 0 })).toBeUndefined();
});

it('is corrected by a training, whatever it was before', () => {
  const seen = { passes: 300, flops: 2e10, seconds: 0.3 };
  for (const before of [
    undefined,
    rateOf(timed(100, 1e7), timed(100, 1e10)),
    readRate('{"secondsAPass":0.5,"flopsASecond":1,"source":"runs"}'),
  ]) {
    const rate = rateSeen(before, seen);
    expect(rate?.source).toBe('training');
    expect(rate && expectedSeconds(rate, seen)).toBeCloseTo(0.3, 8);
  }
});

it('is kept as text, and anything else is none', () => {
  const rate = rateOf(timed(100, 1e7), timed(100, 1e10));
  expect(rate && readRate(rateText(rate))).toEqual(rate);
  for (const text of [null, '', '{}', '{"secondsAPass":-1,"flopsASecond":1,"source":"runs"}', '[1]', 'null']) {
    expect(readRate(text), String(text)).toBeUndefined();
  }
});
