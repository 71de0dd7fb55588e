import { expect, test } from 'vitest';
import { type LrSweep, suggestRates, sweepRates } from '../../src/densenet/train/lr-finder.ts';
import { endText, sweepReport, sweepTitle } from './lr-sweep-text.ts';

/** A made-up sweep: the loss falls to its minimum at 0.1 and rises then. */
const points = sweepRates(1e-4, 10, 50).map((rate) => {
  const smoothed = 2 + (Math.log10(rate) + 1) ** 2 / 10;
  return { rate, loss: smoothed, smoothed };
});
const sweep: LrSweep = { points, ended: 'complete', suggestions: suggestRates(points, true) };

test('the report has the curve, each suggestion and what to do', () => {
  const text = sweepReport(sweep, 50);
  expect(text).toMatch(/\*/);
  const valley = Number(sweep.suggestions?.valley.toPrecision(2));
  expect(text).toMatch(new RegExp(`^valley +${valley} .*the one to take$`, 'm'));
  expect(text).toMatch(/^minimum +0\.0\d+ +a tenth of the rate of the least loss$/m);
  expect(text).toMatch(/^steepest /m);
  expect(text).toMatch(new RegExp(`^All 50 steps were made, up to a rate of 10\\.\nTrain .*--lr ${valley} `, 'm'));
});

test.each<[LrSweep['ended'], number, RegExp]>([
  ['diverged', 40, /^The loss diverged after 40 of 50 steps, at a rate of 0\.95\. Train /],
  ['aborted', 40, /^Interrupted after 40 of 50 steps, at a rate of 0\.95: no rate is suggested\.$/],
  ['not-finite', 0, /^The loss or a gradient was not finite after 0 of 50 steps\. These are too few/],
])('a sweep that %s after %i steps', (ended, count, words) => {
  const some = points.slice(0, count);
  expect(endText({ ended, points: some, suggestions: suggestRates(some) }, 50).join(' ')).toMatch(words);
});

test('a page is named after network and data', () => {
  expect(sweepTitle('bc-40-36', '/data/photos/')).toBe('Learning-rate sweep: bc-40-36 on photos');
});
