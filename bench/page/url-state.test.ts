import { expect, it } from 'vitest';
import { ConfigError } from '../../src/runtime/errors.ts';
import { FULL_SAMPLING } from '../sampling.ts';
import { BASELINE_SAMPLING } from '../sections/baselines/measure.ts';
import { SHORT_SET } from '../workloads.ts';
import { readUrlState } from './url-state.ts';

const read = (query: string) => readUrlState(new URLSearchParams(query));

it('names workloads or a set, and how long', () => {
  expect(read('')).toBeUndefined();
  expect(read('seconds=2')).toBeUndefined();
  expect(read('run=short&other=1')).toEqual({ kind: 'workloads', workloads: SHORT_SET, sampling: FULL_SAMPLING });
  expect(read('run=40-12:inference:2&repeats=3&seconds=0.5')).toMatchObject({
    kind: 'workloads',
    workloads: [{ model: 'plain-40-12', mode: 'inference', batch: 2 }],
    sampling: { repeats: 3, seconds: 0.5, width: FULL_SAMPLING.width },
  });
});

it('names other libraries', () => {
  expect(read('run=tiny:training:3&baselines=tfjs, jax&repeats=2&timeout=9')).toEqual({
    kind: 'baselines',
    workloads: [{ model: 'tiny', mode: 'training', batch: 3 }],
    baselines: ['tfjs', 'jax'],
    sampling: { ...BASELINE_SAMPLING, repeats: 2, timeout: 9 },
  });
});

it.each([
  ['run=short&seconds=-1', /seconds: "-1" must be a number above 0/],
  ['run=short&seconds=', /seconds: "" must be a number above 0/],
  ['run=short&repeats=Infinity', /repeats: "Infinity" must be/],
  ['run=__proto__', /__proto__/],
  ['run=tiny&baselines=keras', /baselines: "keras" must be among ours, tfjs, onnx, jax/],
])('refuses %s', (query, message) => {
  expect(() => read(query)).toThrow(ConfigError);
  expect(() => read(query)).toThrow(message);
});
