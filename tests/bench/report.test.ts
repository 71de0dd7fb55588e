// Reports against their schema, read by two validators: the page's and another. Whatever one of them refuses, so does the
// other; and what the page says is wrong names the place.
import { describe, expect, it } from 'vitest';
import { readReport } from '../../bench/report.ts';
import { DataError } from '../../src/runtime/errors.ts';
import { reportErrors } from './report-schema.ts';
import { sampleReport } from './sample-report.ts';

const good = sampleReport({ 'bc-100-12:training:largest:recompute': 5, 'densenet121:inference:1': 'broken' });

/** A copy with the value at a path replaced, or (undefined) taken away. */
function changed(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(good);
  const keys = path.split('.');
  let at = copy as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = keys.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

describe('a report', () => {
  it('is what the schema says', () => {
    expect(reportErrors(good)).toEqual([]);
    expect(readReport(JSON.stringify(good), 'good.json')).toEqual(good);
  });

  it('may say what its browser was started with', () => {
    const flagged = changed('flags', ['--use-webgpu-adapter=swiftshader']);
    expect(reportErrors(flagged)).toEqual([]);
    expect(readReport(JSON.stringify(flagged), 'good.json').flags).toEqual(['--use-webgpu-adapter=swiftshader']);
  });

  it.each([
    ['date', '', '/date'],
    ['flags', 'none', '/flags'],
    ['date', undefined, '/date: '],
    ['host', 'bun', '/host'],
    ['adapter.limits.maxBufferSize', 'large', '/adapter/limits/maxBufferSize'],
    ['adapter.limits', [], '/adapter/limits'],
    ['commit', 'main', '/commit'],
    ['rows.0.measurement.milliseconds.median', null, '/rows/0/measurement/milliseconds/median'],
    ['rows.0.measurement.held.goldens', 2, '/rows/0/measurement/held/goldens'],
    ['rows.1.code', 'sad', '/rows/1/code'],
    ['rows.0.workload.batch', 0, '/rows/0/workload/batch'],
    ['surplus', 1, '/surplus: '],
  ])('is none with %s as %j', (path, value, place) => {
    const wrong = changed(path, value);
    expect(reportErrors(wrong)).not.toEqual([]);
    const read = () => readReport(JSON.stringify(wrong), 'wrong.json');
    expect(read).toThrow(DataError);
    expect(read).toThrow(`wrong.json: at byte 0: at ${place}`);
  });

  it.each([
    ['{', /is not JSON/],
    ['[]', /no benchmark report: its schema is undefined/],
    [
      '{"schema":"densenet-webgpu/bench/1"}',
      /its schema is "densenet-webgpu\/bench\/1", not densenet-webgpu\/bench\/2/,
    ],
  ])('is not %s', (text, words) => {
    expect(() => readReport(text, 'a.json')).toThrow(words);
  });
});
