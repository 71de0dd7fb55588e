// Every pass of a plan gets a time and a roofline, whichever way and by whichever clock it is timed; timing leaves a plan as a
// step leaves it.
import type { PassesRequest } from '../../../bench/sections/passes/measure.ts';
import { isTimed, type PassesSection } from '../../../bench/sections/passes/schema.ts';
import type { PlanRequest } from '../../../src/jobs/compile.ts';
import { PLAIN_STEP } from '../../jobs/small-network.ts';
import type { TestSession } from '../fixtures/firefox-session.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const ROOFLINE = { flopsPerSecond: 1e10, bytesPerSecond: 1e9 };

async function measure(
  session: TestSession,
  plan: PlanRequest,
  options: Pick<PassesRequest, 'method' | 'wallClock'>,
): Promise<PassesSection> {
  const sampling = { samples: 2, milliseconds: 30_000 };
  const request = { model: 'small', plan, roofline: ROOFLINE, sampling, ...options };
  return await session.run('passes', request);
}

function expectWhole({ passes, kernels, total, step }: PassesSection): void {
  for (const row of passes) {
    if (!isTimed(row)) throw new Error(`${row.label}: ${JSON.stringify(row.time)}`);
    const { milliseconds, rooflineMilliseconds, share, lostMilliseconds, bound, samples } = row.time;
    expect(milliseconds, row.label).toBeGreaterThan(0);
    expect(samples).toBeGreaterThan(0);
    const [arithmetic, memory] = [
      (1000 * row.flops) / ROOFLINE.flopsPerSecond,
      (1000 * row.bytes) / ROOFLINE.bytesPerSecond,
    ];
    expect(rooflineMilliseconds).toBeCloseTo(Math.max(arithmetic, memory), 12);
    expect(bound).toBe(arithmetic >= memory ? 'arithmetic' : 'memory');
    expect(share).toBeCloseTo(rooflineMilliseconds / milliseconds, 12);
    expect(lostMilliseconds).toBeCloseTo(milliseconds - rooflineMilliseconds, 12);
  }
  const sum = (rows: readonly { readonly milliseconds: number }[]) => rows.reduce((s, r) => s + r.milliseconds, 0);
  expect(sum(passes.filter(isTimed).map(({ time }) => time))).toBeCloseTo(total.milliseconds, 9);
  expect(sum(kernels)).toBeCloseTo(total.milliseconds, 9);
  expect(kernels.reduce((count, kernel) => count + kernel.passes, 0)).toBe(passes.length);
  const lost = kernels.map((kernel) => kernel.lostMilliseconds);
  expect(lost).toEqual(lost.toSorted((a, b) => b - a));
  expect(step.milliseconds).toBeGreaterThan(0);
}

test('every pass of a training step, in the step', onlyOn('node', 'chromium'), async ({ session }) => {
  const section = await measure(session, PLAIN_STEP, { method: 'in step' });
  expect(section.method).toBe('in step');
  expect(new Set(section.passes.map((pass) => pass.section))).toEqual(
    new Set(['pack', 'forward', 'backward', 'update']),
  );
  expectWhole(section);
});

test('every pass of a training step, repeated', onlyOn('node', 'chromium'), async ({ session }) => {
  const section = await measure(session, PLAIN_STEP, { method: 'repeated' });
  expect(section).toMatchObject({ method: 'repeated', recompute: false, batch: PLAIN_STEP.batch });
  expect(Math.max(...section.passes.filter(isTimed).map(({ time }) => time.repeats))).toBeGreaterThan(1);
  expectWhole(section);
});

test('every pass of an inference, by the host’s clock where there are no timestamps', async ({ session }) => {
  const section = await measure(session, { ...PLAIN_STEP, mode: 'inference' }, { wallClock: true });
  expect(section.clock).toEqual({ kind: 'wall clock', reason: 'this device has no timestamp queries' });
  expect(section).toMatchObject({ method: 'repeated', mode: 'inference' });
  expect(section.passes.map((pass) => pass.section)).not.toContain('load');
  expectWhole(section);
});

test('passes that there is no time for say so', async ({ session }) => {
  const sampling = { samples: 1, milliseconds: 1 };
  const plan: PlanRequest = { ...PLAIN_STEP, mode: 'inference' };
  const request = { model: 'small', plan, roofline: ROOFLINE, sampling, method: 'repeated' } as const;
  const { passes, total, kernels } = await session.run('passes', request);
  const timed = passes.filter(isTimed);
  expect(timed.length).toBeLessThan(passes.length);
  expect(passes.at(-1)?.time).toEqual({ problem: 'the time limit of 0.001 s came first' });
  expect(total.milliseconds).toBeCloseTo(
    timed.reduce((sum, { time }) => sum + time.milliseconds, 0),
    9,
  );
  expect(kernels.reduce((count, kernel) => count + kernel.passes, 0)).toBe(timed.length);
});

test(
  'a step that was timed pass by pass leaves the bits of one that only ran',
  onlyOn('node', 'chromium'),
  async ({ session }) => {
    const { differ, buffers, repeats, finite, gradients } = await session.run('pass-timing');
    expect(differ).toEqual([]);
    expect(buffers).toBeGreaterThan(8);
    expect(repeats, 'so that restoring was needed').toBeGreaterThan(1);
    expect(finite).toBe(true);
    expect(gradients).toBeGreaterThan(100);
  },
);

test('images a second, one by one and overlapped', async ({ session }) => {
  const plan = { ...PLAIN_STEP, mode: 'inference' } as const;
  const { milliseconds, imagesPerSecond, overlapped } = await session.run('throughput', { plan, seconds: 0.1 });
  expect(milliseconds.repeats).toBeGreaterThanOrEqual(3);
  expect(milliseconds.p5).toBeLessThanOrEqual(milliseconds.median);
  expect(imagesPerSecond).toBeCloseTo((1000 * plan.batch) / milliseconds.median, 6);
  expect(overlapped.repeats).toBeGreaterThanOrEqual(3);
  expect(overlapped.imagesPerSecond).toBeGreaterThan(0);
  const tooLarge = session.run('throughput', { plan: { ...plan, batch: 1 << 22 }, seconds: 1 });
  await expect(tooLarge).rejects.toThrow(/the largest batch that fits is \d+/);
});
