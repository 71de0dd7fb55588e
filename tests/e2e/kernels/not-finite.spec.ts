// That the kernels' cases of NaN would tell a ReLU that swallows it, as SwiftShader's max(NaN, 0) does.
import { message } from '../../../src/jobs/message.ts';
import type { OldActivationReport } from '../../jobs/old-activation.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test('a ReLU by max(z, 0) is found out', onlyOn('node'), async ({ session }, info) => {
  const report = (await session.run('old-activation', message({}))).head as OldActivationReport;
  expect(report.ours).toBe('');
  info.skip(!report.software && report.old === '', "this GPU's max(NaN, 0) is NaN");
  expect(report.old).toMatch(/NaN: out\[\d+\].* expected NaN/);
});
