import { expect, it } from 'vitest';
import { ConfigError } from '../../src/runtime/errors.ts';
import { parseBaselineWorkloads, workloadData, baselineWorkloadName } from './workloads.ts';

it('reads what is written as workloads are, and a tiny network', () => {
  const text = 'bc-100-12:training:16,tiny:inference:2,121';
  expect(parseBaselineWorkloads(text).map(baselineWorkloadName)).toEqual([
    'bc-100-12:training:16',
    'tiny:inference:2',
    'densenet121:inference:1',
  ]);
});

it.each(['tiny:sideways:1', 'densenet999', 'bc-100-12:training:largest', 'bc-100-12:training:8:recompute'])(
  'refuses %s',
  (text) => expect(() => parseBaselineWorkloads(text)).toThrow(ConfigError),
);

it('gives everybody the same numbers', () => {
  const [subject] = parseBaselineWorkloads('tiny:training:3');
  if (!subject) throw new Error('no subject');
  expect(workloadData(subject)).toEqual(workloadData(subject));
  expect(workloadData(subject).images.length).toBe(3 * 3 * 8 * 8);
});
