import { expect, it } from 'vitest';
import { sampleReport } from '../../../tests/bench/sample-report.ts';
import { workloadName } from '../../workloads.ts';
import { compare } from './compare.ts';

it('sets reports side by side: ratios with both intervals, gaps where there is no number', () => {
  const [a, b] = [
    sampleReport({ 'bc-100-12:inference:1': 10, 'bc-100-12:training:1': 4, 'plain-40-12:inference:1': 'wrong' }),
    sampleReport({ 'plain-40-12:inference:1': 3, 'bc-100-12:inference:1': 30, 'densenet121:inference:1': 2 }),
  ];
  const lines = compare([
    { name: 'a', report: a },
    { name: 'b', report: b },
  ]);
  expect(lines.map(({ workload }) => workloadName(workload))).toEqual([
    'bc-100-12:inference:1',
    'bc-100-12:training:1',
    'plain-40-12:inference:1',
    'densenet121:inference:1',
  ]);
  expect(lines.map(({ rows }) => rows.map((row) => row?.status))).toEqual([
    ['done', 'done'],
    ['done', undefined],
    ['failed', 'done'],
    [undefined, 'done'],
  ]);
  const one = { value: 1, low: 1, high: 1 };
  const [first, ...others] = lines.map(({ ratios }) => ratios);
  expect(first?.[0]).toEqual(one);
  // 30 / 10, between 27 / 12.5 and 37.5 / 9.
  expect(first?.[1]?.value).toBeCloseTo(3);
  expect(first?.[1]?.low).toBeCloseTo(2.16);
  expect(first?.[1]?.high).toBeCloseTo(37.5 / 9);
  expect(others).toEqual([
    [one, undefined],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});
