import { expect, it } from 'vitest';
import { ConfigError } from '../../src/runtime/errors.ts';
import { parseSubjects, subjectData, subjectName } from './workloads.ts';

it('reads what is written as workloads are, and a tiny network', () => {
  const text = 'bc-100-12:training:16,tiny:inference:2,121';
  expect(parseSubjects(text).map(subjectName)).toEqual([
    'bc-100-12:training:16',
    'tiny:inference:2',
    'densenet121:inference:1',
  ]);
});

it.each(['tiny:sideways:1', 'densenet999', 'bc-100-12:training:largest', 'bc-100-12:training:8:recompute'])(
  'refuses %s',
  (text) => expect(() => parseSubjects(text)).toThrow(ConfigError),
);

it('gives everybody the same numbers', () => {
  const [subject] = parseSubjects('tiny:training:3');
  if (!subject) throw new Error('no subject');
  expect(subjectData(subject)).toEqual(subjectData(subject));
  expect(subjectData(subject).images.length).toBe(3 * 3 * 8 * 8);
});
