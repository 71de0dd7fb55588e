import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test('a ReLU by max(z, 0) is found out', onlyOn('node'), async ({ session }, info) => {
  const report = await session.run('old-activation');
  expect(report.ours).toBe('');
  info.skip(!report.software && report.old === '', "this GPU's max(NaN, 0) is NaN");
  expect(report.old).toMatch(/NaN: out\[\d+\].* expected NaN/);
});
