// `densenet bench` as a user meets it: what it can be asked, and a report of a real run on the software GPU.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workloadName } from '../../bench/workloads.ts';
import { reportErrors } from '../../tests/bench/report-schema.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { packageRoot } from '../host/package-root.ts';
import { workloadsOf } from './bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-bench-'));
const json = join(folder, 'report.json');

beforeAll(() => {
  buildDensenet();
  execFileSync(process.execPath, [join(packageRoot, 'scripts/build.mjs'), '--if-stale', 'bench-hosts']);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('what is measured', () => {
  const names = (options: Parameters<typeof workloadsOf>[0]) => workloadsOf(options).map(workloadName);

  it('is every combination of what is asked for', () => {
    expect(names({ models: '121,bc-100-12', batch: '1,largest', mode: 'training', recompute: true })).toEqual([
      'densenet121:training:1:recompute',
      'densenet121:training:largest:recompute',
      'bc-100-12:training:1:recompute',
      'bc-100-12:training:largest:recompute',
    ]);
    expect(names({ batch: '4' })).toEqual(['densenet121:inference:4']);
  });

  it('is a list, a set, or the short set', () => {
    expect(names({ run: '40-12:training:2' })).toEqual(['plain-40-12:training:2']);
    expect(names({})).toEqual(names({ run: 'short' }));
    expect(names({ run: 'standard' }).length).toBeGreaterThan(50);
  });
});

describe('bad input', () => {
  it.each([
    [{ models: 'densenet999' }, /model: "densenet999" is not one of/],
    [{ batch: '0' }, /batch: "0" must be a whole number from 1/],
    [{ mode: 'both' }, /--mode: "both" must be one of inference, training/],
    [{ precision: 'f8' }, /--precision: "f8" must be one of/],
    [{ run: 'short', batch: '2' }, /--run: "short" says everything; leave out 2/],
    [{ run: ',' }, /names no workload/],
    [{ models: '40-12', recompute: true }, /nothing to compute again/],
  ])('%j', (options, words) => {
    expect(() => workloadsOf(options)).toThrow(words);
  });

  it('is said before a host is started, and ends with 2', { timeout: 60_000 }, async () => {
    const file = join(folder, 'nowhere', 'a.json');
    expect(await densenet('bench', '--json', file)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/--json: .* cannot be written: no such folder/),
    });
  });
});

it('measures, prints a table, and writes a whole report', { timeout: 300_000 }, async () => {
  const run = ['--run', 'plain-40-12:inference:1,plain-40-12:training:60000', '--repeats', '3', '--seconds', '1'];
  const { code, out, err } = await densenet('bench', ...run, '--gpu', 'software', '--json', json);
  expect(out).toMatch(/^workload +images\/s.*\nplain-40-12:inference:1 +\d/);
  expect(out).toMatch(/\nplain-40-12:training:60000: .*the largest batch that fits is \d+/);
  expect(err).toMatch(/1\/2 plain-40-12:inference:1: preparing\n/);
  expect(err.match(/against PyTorch, .*: agrees/g)?.length).toBe(2);
  // One row could not be: bad input, though nothing was wrong with the other.
  expect(code).toBe(2);
  const report = JSON.parse(readFileSync(json, 'utf8'));
  expect(reportErrors(report)).toEqual([]);
  const [row] = report.rows;
  expect(row.measurement.memory.measuredBytes).toBe(row.measurement.memory.forecastBytes);
  expect(row.measurement.held.goldens).toBeGreaterThan(0.7);
  expect(row.measurement.cold.sinceStart).toBeGreaterThan(row.measurement.cold.compilation);
  expect(readdirSync(folder)).toEqual(['report.json']);
  expect(report).toMatchObject({ host: 'node', adapter: { software: true }, effort: { repeats: 3, seconds: 1 } });
});
