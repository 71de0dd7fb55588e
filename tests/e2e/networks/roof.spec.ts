// The roof's kernels do what they are timed at, on every host, and a figure says which clock it is from.
import type { RoofRequest } from '../../../bench/roof/roof-jobs.ts';
import { isMissing, type RoofSection } from '../../../bench/roof/section.ts';
import { message } from '../../../src/hosts/message.ts';
import { expect, type TestSession, test } from '../fixtures/host-test.ts';

const QUICK: RoofRequest = { time: { samples: 3, milliseconds: 50 }, copyBytes: 2 ** 20 };

async function measure(session: TestSession, request: RoofRequest): Promise<RoofSection> {
  const { head } = await session.run('roof', message({ ...request }));
  return head as unknown as RoofSection;
}

test('multiply-adds and bytes a second, with right results', async ({ session }) => {
  const roof = await measure(session, QUICK);
  if (session.adapter.features.includes('timestamp-query')) expect(roof.clock.kind).toBe('timestamps');
  const figures = [roof.f32, roof.copy, ...(session.adapter.features.includes('shader-f16') ? [roof.f16] : [])];
  for (const figure of figures) {
    if (isMissing(figure)) throw new Error(figure.problem);
    expect(Number.isFinite(figure.best)).toBe(true);
    expect(figure.median).toBeGreaterThan(0);
    expect(figure.best).toBeGreaterThanOrEqual(figure.median);
    expect(figure.milliseconds).toBeGreaterThan(0);
  }
});

test('a device without timestamps is timed by the clock, and says why', async ({ session }) => {
  const roof = await measure(session, { ...QUICK, wallClock: true });
  expect(roof.clock).toEqual({ kind: 'wall clock', reason: 'this device has no timestamp queries' });
  for (const figure of [roof.f32, roof.copy]) {
    if (isMissing(figure)) throw new Error(figure.problem);
    expect(figure.best).toBeGreaterThan(0);
  }
});
