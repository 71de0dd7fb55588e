// The order of things, on a host that only says what it was asked: nothing is timed before it was found right, what was
// checked is not checked again, and every failure is a row.
import { expect, it } from 'vitest';
import { type JsonValue, message } from '../src/jobs/message.ts';
import { LimitError } from '../src/runtime/errors.ts';
import { Benchmark, type BenchSession } from './bench.ts';
import type { CheckReport } from './check.ts';
import type { Row } from './report.ts';
import { FULL_EFFORT } from './sampling.ts';
import { parseWorkloads } from './workload.ts';

type Answers = Readonly<Record<string, (head: Readonly<Record<string, unknown>>) => JsonValue>>;

const group = (name: string, passed: boolean) => ({ group: name, worst: name, error: 1, allowed: 1e-4, passed });
const right: Answers = {
  prepare: () => ({ batch: 2 }),
  check: (head) => ({ ...head, passed: true, groups: [group('eval.logits', true), group('grad', true)] }) as JsonValue,
  hold: () => ({ goldens: 1, agreement: null }),
  measure: () => ({ gflops: 1 }),
  release: () => null,
};

/** Runs workloads; what was asked in which order, and what came of it. */
async function run(text: string, answers: Answers, bench = new Benchmark(1000), abort = new AbortController()) {
  const asked: string[] = [];
  const heads: Record<string, unknown>[] = [];
  const session: BenchSession = {
    run: async (job, { head, attachments }) => {
      const of = head as Record<string, unknown> | null;
      asked.push(job === 'check' ? `check ${of?.file} ${attachments.get('golden')?.length}` : job);
      if (of) heads.push(of);
      return message(answers[job]?.(of ?? {}) ?? null);
    },
  };
  const rows: Row[] = [];
  const checks: CheckReport[] = [];
  await bench.run(parseWorkloads(text), {
    session,
    loadGolden: async () => new Uint8Array(7),
    effort: FULL_EFFORT,
    signal: abort.signal,
    onProgress: () => undefined,
    onCheck: (report) => checks.push(report),
    onRow: (row) => rows.push(row),
  });
  return { asked, heads, rows, checks };
}

const PLAIN = ['check plain-narrow-one-image.safetensors 7', 'check paper-maps-plain.safetensors 7'];

it('prepares, checks, holds and measures; the second of a kind is not checked again', async () => {
  const { asked, heads, rows, checks } = await run('40-12:inference:2,40-12:training:2', right);
  expect(asked).toEqual([
    ...['prepare', ...PLAIN, 'hold', 'measure', 'release'],
    ...['prepare', 'hold', 'measure', 'release'],
  ]);
  // Only the first has seen nothing before it.
  expect(heads.flatMap(({ start }) => (start === undefined ? [] : [start]))).toEqual([1000, null]);
  expect(checks.length).toBe(2);
  expect(rows).toMatchObject([
    { status: 'done', measurement: { batch: 2, gflops: 1, held: { goldens: 1 } } },
    { status: 'done' },
  ]);
});

it('times inference on right logits, and training only where everything is right', async () => {
  const wrong = {
    ...right,
    check: (head: object) => ({ ...head, passed: false, groups: [group('eval.logits', true), group('grad', false)] }),
  };
  const { asked, rows } = await run('40-12:inference:2,40-12:training:2', wrong as Answers);
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
  const { asked, rows } = await run('40-12:inference:2', { ...right, hold: () => ({ goldens: 1, agreement }) });
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
    return { batch: 2 };
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
