// The order of things, on a host that only says what it was asked: nothing is timed before it was found right, what was
// checked is not checked again, and every failure is a row.
import { expect, it } from 'vitest';
import { LimitError } from '../src/runtime/errors.ts';
import { fakeClient } from '../tests/fixtures/fake-client.ts';
import type { BenchJobs } from './jobs.ts';
import { Benchmark } from './run.ts';
import { FULL_SAMPLING } from './sampling.ts';
import type { CheckRequest } from './sections/throughput/jobs.ts';
import type { CheckReport, Prepared, Row, Validation, Warm } from './sections/throughput/schema.ts';
import { parseWorkloads } from './workloads.ts';

interface Answers {
  readonly prepare: () => Prepared;
  readonly check: (request: CheckRequest) => CheckReport;
  readonly validate: () => Validation;
}

/** As much of what is measured as anything here looks at. */
const PREPARED = { batch: 2 } as Prepared;
const WARM = { gflops: 1 } as Warm;

const group = (name: string, passed: boolean) => ({ group: name, worst: name, error: 1, allowed: 1e-4, passed });
const right: Answers = {
  prepare: () => PREPARED,
  check: ({ golden: _, ...request }) => ({
    ...request,
    passed: true,
    groups: [group('eval.logits', true), group('grad', true)],
    variants: 0,
  }),
  validate: () => ({ goldens: 1, agreement: null }),
};

/** Runs workloads; what was asked in which order, and what came of it. */
async function run(text: string, answers: Answers, bench = new Benchmark(1000), abort = new AbortController()) {
  const asked: string[] = [];
  const starts: (number | null)[] = [];
  const client = fakeClient<BenchJobs>({
    prepare: async ({ start }) => {
      asked.push('prepare');
      starts.push(start);
      return answers.prepare();
    },
    check: async (request) => {
      asked.push(`check ${request.file} ${request.golden.length}`);
      return answers.check(request);
    },
    validate: async () => {
      asked.push('validate');
      return answers.validate();
    },
    measure: async () => {
      asked.push('measure');
      return WARM;
    },
    release: async () => void asked.push('release'),
  });
  const rows: Row[] = [];
  const checks: CheckReport[] = [];
  await bench.run(parseWorkloads(text), {
    client,
    loadGolden: async () => new Uint8Array(7),
    sampling: FULL_SAMPLING,
    signal: abort.signal,
    onProgress: () => undefined,
    onCheck: (report) => checks.push(report),
    onRow: (row) => rows.push(row),
  });
  return { asked, starts, rows, checks };
}

const PLAIN = ['check plain-narrow-one-image.safetensors 7', 'check paper-maps-plain.safetensors 7'];

it('prepares, checks, validates and measures; the second of a kind is not checked again', async () => {
  const { asked, starts, rows, checks } = await run('40-12:inference:2,40-12:training:2', right);
  expect(asked).toEqual([
    'prepare',
    ...PLAIN,
    'validate',
    'measure',
    'release',
    'prepare',
    'validate',
    'measure',
    'release',
  ]);
  // Only the first has seen nothing before it.
  expect(starts).toEqual([1000, null]);
  expect(checks.length).toBe(2);
  expect(rows).toMatchObject([
    { status: 'done', measurement: { batch: 2, gflops: 1, held: { goldens: 1 } } },
    { status: 'done' },
  ]);
});

it('times inference on right logits, and training only where everything is right', async () => {
  const wrong: Answers = {
    ...right,
    check: ({ golden: _, ...request }) => ({
      ...request,
      passed: false,
      groups: [group('eval.logits', true), group('grad', false)],
      variants: 0,
    }),
  };
  const { asked, rows } = await run('40-12:inference:2,40-12:training:2', wrong);
  expect(asked.filter((job) => job === 'measure').length).toBe(1);
  expect(asked.at(-1)).toBe('release');
  expect(rows).toMatchObject([
    { status: 'done' },
    {
      status: 'failed',
      code: 'gpu',
      problem:
        'results on this GPU are wrong, nothing is timed: grad of plain-narrow-one-image.safetensors is off by 1.0e+0, 1.0e-4 is allowed',
    },
  ]);
});

it('times nothing where the plan itself is wrong', async () => {
  const agreement = { images: 1, worst: 'logits', error: null, allowed: 1e-4, passed: false };
  const { asked, rows } = await run('40-12:inference:2', { ...right, validate: () => ({ goldens: 1, agreement }) });
  expect(asked).not.toContain('measure');
  expect(rows).toMatchObject(
    [{ status: 'failed', problem: /against a plan for one image, logits is off by what is not a number/ }].map(
      ({ problem, ...row }) => ({ ...row, problem: expect.stringMatching(problem) }),
    ),
  );
});

it('goes on after a failure, and drops what was aborted', async () => {
  const bench = new Benchmark(0);
  const abort = new AbortController();
  let turn = 0;
  const prepare = () => {
    turn++;
    if (turn === 1) throw new LimitError('too large', 5);
    if (turn === 3) abort.abort();
    return PREPARED;
  };
  const { asked, rows } = await run(
    '40-12:inference:2,40-12,40-12:training,40-12',
    { ...right, prepare },
    bench,
    abort,
  );
  expect(rows).toMatchObject([
    { status: 'failed', code: 'limit', problem: 'too large; the largest batch that fits is 5' },
    { status: 'done' },
  ]);
  expect(asked.filter((job) => job === 'release').length).toBe(3);
});
