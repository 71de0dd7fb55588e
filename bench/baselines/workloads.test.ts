import { expect, it } from 'vitest';
import { ConfigError } from '../../src/runtime/errors.ts';
import { baselineWorkloadName, parseBaselineWorkloads, workloadData } from './workloads.ts';

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
  const [workload] = parseBaselineWorkloads('tiny:training:3');
  if (!workload) throw new Error('no workload');
  expect(workloadData(workload)).toEqual(workloadData(workload));
  expect(workloadData(workload).images.length).toBe(3 * 3 * 8 * 8);
});
