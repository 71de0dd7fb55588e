import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test('a plan forecasts GPU memory to the byte', async ({ session }) => {
  const report = await session.run('gpu-bytes');
  expect(report.length).toBe(6);
  expect(report.filter(({ forecast, measured }) => forecast !== measured)).toEqual([]);
  expect(report.filter(({ left }) => left !== 0)).toEqual([]);
});

// About plans, which are the same on every host.
test('a kernel that only the timed plan has and that is wrong is found out', onlyOn('node'), async ({ session }) => {
  for (const { mode, right, wrong } of await session.run('agreement')) {
    expect(right, mode).toMatchObject({ passed: true });
    // Far from what is allowed: two orders of summation, of two hundred terms.
    expect(right?.error, mode).toBeLessThan((right?.allowed ?? 0) / 10);
    expect(Object.keys(wrong)).toContain(mode === 'inference' ? 'conv3x3/forward' : 'conv3x3/backward-data');
    const missed = Object.entries(wrong).filter(([, agreement]) => agreement?.passed !== false);
    expect(missed, mode).toEqual([]);
  }
});
