import { expect, test } from 'vitest';
import { describeAdapter } from './adapter.ts';
import { createRandom } from './random.ts';
import { SubmitBudget } from './submit-budget.ts';

const adapter = (vendor: string, description = '') =>
  describeAdapter({ vendor, architecture: '', device: '', description });

/** A GPU that works through what is submitted at one speed, on a clock of its own. */
function fakeGpu(msPerNominal: number, vendor = 'intel', longest = 50) {
  let time = 0;
  let busyUntil = 0;
  const arrivals: { readonly at: number; readonly arrive: () => void }[] = [];
  const budget = new SubmitBudget(adapter(vendor), longest, () => time);
  /** Submits passes with a readback behind them; how many submits it took, and the longest in milliseconds. */
  const step = (costs: readonly number[]) => {
    const ends = budget.take(costs);
    const pieces = ends.map((end, i) => costs.slice(ends[i - 1] ?? 0, end).reduce((a, b) => a + b, 0) * msPerNominal);
    busyUntil = Math.max(busyUntil, time) + pieces.reduce((a, b) => a + b, 0);
    const at = busyUntil;
    budget.watch(new Promise<void>((arrive) => arrivals.push({ at, arrive })));
    return { submits: pieces.length, longest: Math.max(...pieces) };
  };
  /** Lets the next readback arrive. */
  const arrive = async () => {
    const next = arrivals.shift();
    time = Math.max(time, next?.at ?? 0);
    next?.arrive();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const idle = (ms: number) => {
    time += ms;
  };
  return { budget, step, arrive, idle };
}

/** 600 passes of together 600 nominal milliseconds: about DenseNet-121 at batch 32. */
const random = createRandom(1);
const PASSES = Array.from({ length: 600 }, () => random.uint32() / 2 ** 31);
const TINY = Array.from({ length: 300 }, () => 0.006);

test('every pass is in one submit, in order, none of them empty', () => {
  const budget = new SubmitBudget(adapter('intel'), 50, () => 0);
  for (const costs of [PASSES, TINY, [], [7], [1e6, 1, 1], [1, 1e6], [0, 0], PASSES.slice(0, 3)]) {
    const ends = budget.take(costs);
    expect(ends.at(-1)).toBe(costs.length);
    expect(ends.toSorted((a, b) => a - b)).toEqual(ends);
    expect(new Set(ends).size).toBe(ends.length);
    if (costs.length > 0) expect(ends[0]).toBeGreaterThan(0);
  }
});

test('a slow GPU is never given more than the longest submit, from the first step on', async () => {
  for (const [vendor, speed] of [
    ['intel', 1.2],
    ['qualcomm', 1.9],
    ['nvidia', 0.45],
  ] as const) {
    const { step, arrive } = fakeGpu(speed, vendor);
    for (let i = 0; i < 20; i++) {
      expect(step(PASSES).longest, vendor).toBeLessThan(50);
      if (i > 0) await arrive();
    }
  }
});

test('a fast GPU is given whole steps after a few', async () => {
  const { step, arrive } = fakeGpu(16 / 600, 'nvidia');
  expect(step(PASSES).submits).toBeGreaterThan(4);
  await arrive();
  for (let i = 0; i < 6; i++) {
    step(PASSES);
    await arrive();
  }
  for (let i = 0; i < 20; i++) {
    expect(step(PASSES).submits).toBe(1);
    if (i > 0) await arrive();
  }
});

test('results that a busy page notices together do not make a slow GPU look fast', async () => {
  const { budget, step, arrive } = fakeGpu(1.2);
  for (let i = 0; i < 5; i++) {
    step(PASSES);
    await arrive();
  }
  // Nothing seems to have passed between this result and the one before.
  budget.take(PASSES);
  budget.watch(Promise.resolve());
  for (let i = 0; i < 10; i++) await Promise.resolve();
  expect(step(PASSES).longest).toBeLessThan(51);
});

test('the speed is that of the GPU with steps under way, and idle time is not its own', async () => {
  const { budget, step, arrive, idle } = fakeGpu(1.3);
  step(PASSES);
  for (let i = 0; i < 10; i++) {
    step(PASSES);
    await arrive();
  }
  await arrive();
  idle(100_000);
  step(PASSES);
  await arrive();
  expect(budget.slowness).toBeGreaterThan(1.25);
  expect(budget.slowness).toBeLessThan(1.35);
});

test('a first step in which the driver compiles is soon forgotten', async () => {
  const { budget, step, arrive, idle } = fakeGpu(16 / 600, 'nvidia');
  step(PASSES);
  idle(20_000);
  await arrive();
  expect(budget.slowness).toBeGreaterThan(1);
  for (let i = 0; i < 8; i++) {
    step(PASSES);
    await arrive();
  }
  expect(step(PASSES).submits).toBe(1);
});

test('what a GPU has become slower by is learnt within a few steps', async () => {
  const fast = fakeGpu(0.1);
  for (let i = 0; i < 5; i++) {
    fast.step(PASSES);
    await fast.arrive();
  }
  const { budget } = fast;
  const before = budget.slowness;
  // As from a fan that stands still: by hand, the fake's speed is fixed.
  for (let i = 0; i < 5; i++) {
    budget.take(PASSES);
    let arrived = () => {};
    budget.watch(
      new Promise<void>((resolve) => {
        arrived = resolve;
      }),
    );
    fast.idle(600);
    arrived();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  expect(before).toBeLessThan(0.15);
  expect(budget.slowness).toBeGreaterThan(0.7);
});

test('a readback that fails, or that only copies, teaches nothing wrong', async () => {
  const { budget, step, arrive, idle } = fakeGpu(1);
  step(PASSES);
  await arrive();
  const before = budget.slowness;
  const failed = Promise.reject(new Error('lost'));
  failed.catch(() => undefined);
  budget.watch(failed);
  idle(5000);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  expect(budget.slowness).toBe(before);
  expect(step(PASSES).submits).toBeGreaterThan(1);
});

test('on Metal no more command buffers are under way than it has room for', () => {
  // Hosts give a name, or PCI's number.
  for (const vendor of ['apple', '4203', '0x106b']) {
    const budget = new SubmitBudget(adapter(vendor), 1, () => 0);
    let underWay = 0;
    for (let step = 0; step < 4; step++) underWay += budget.take(PASSES).length;
    // At least one per step, and none is known to be done.
    expect(underWay, vendor).toBeGreaterThan(50);
    expect(underWay, vendor).toBeLessThanOrEqual(56 + 3);
  }
});

test('on Metal there is room again for what is done', async () => {
  const { step, arrive } = fakeGpu(1, 'apple', 1);
  for (let i = 0; i < 4; i++) {
    const { submits } = step(PASSES);
    expect(submits).toBe(28);
    await arrive();
  }
});

test('a readback that failed after a while is no measurement', async () => {
  const { budget, idle } = fakeGpu(1);
  budget.take(PASSES);
  const before = budget.slowness;
  let fail = (_: Error) => {};
  budget.watch(
    new Promise((_, reject) => {
      fail = reject;
    }),
  );
  idle(60_000);
  fail(new Error('lost'));
  for (let i = 0; i < 10; i++) await Promise.resolve();
  expect(budget.slowness).toBe(before);
});

test('a software adapter is begun with passes of its own', () => {
  const budget = new SubmitBudget(adapter('google', 'SwiftShader driver'), 200, () => 0);
  expect(budget.take(PASSES).length).toBeGreaterThan(500);
  expect(budget.take(TINY.slice(0, 10))).toEqual([10]);
});
