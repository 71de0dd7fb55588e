// The section of other libraries: against its schema by both validators, and as text.
import { expect, it } from 'vitest';
import { readReport } from '../../bench/report.ts';
import { baselinesAsText } from '../../bench/sections/baselines/text.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { reportErrors } from './report-schema.ts';
import { sampleBaselines } from './sample-baselines.ts';
import { sampleReport } from './sample-report.ts';

const report = { ...sampleReport({}), peers: sampleBaselines };

it('is what its schema says', () => {
  expect(reportErrors(report)).toEqual([]);
  expect(readReport(JSON.stringify(report), 'good.json')).toEqual(report);
});

it.each([
  ['a library that is none', '"peer":"jax"', '"peer":"keras"'],
  ['a row that is neither', '"status":"wrong"', '"status":"odd"'],
  ['a number that is text', '"ratio":1', '"ratio":"1"'],
  ['a surplus', '"subject":{', '"subject":{"height":3,'],
  ['a count that is missing', '"submits":1,', ''],
])('is not with %s', (_, from, to) => {
  const text = JSON.stringify(report).replace(from, to);
  expect(text).not.toBe(JSON.stringify(report));
  expect(reportErrors(JSON.parse(text))).not.toEqual([]);
  expect(() => readReport(text, 'wrong.json')).toThrow(DataError);
});

it('is a table of those that were measured, and a line for each that was not', () => {
  const [workload, heading, ours, ...rest] = baselinesAsText(sampleBaselines).split('\n');
  expect(workload).toBe('bc-100-12:training:16');
  expect(heading).toMatch(/^Library +Images\/s +Of ours/);
  expect(ours).toMatch(/^densenet-webgpu 0\.1\.0 +16\.0 +1\.00× +1,000 ms \(900 – 1,100\)/);
  expect(rest).toEqual(['jax-js: results are wrong', 'ONNX Runtime Web: it runs inference only']);
});
