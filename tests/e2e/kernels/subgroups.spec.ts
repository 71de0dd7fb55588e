// The kernels that can reduce by subgroup operations, on a device that was asked to: against the same references where
// the adapter has subgroups, and where it has none the device says so and the portable shaders run.

import { message } from '../../../src/jobs/message.ts';
import type { SubgroupUse } from '../../../src/runtime/subgroups.ts';
import type { CaseReport, KernelCasesInput } from '../../jobs/kernel-cases.ts';
import { expect, seed, test } from '../fixtures/host-test.ts';

const KERNELS = [
  'statistics/finalize',
  'statistics/finalize-backward',
  'optimizer/square-norm',
  'optimizer/clip',
  'loss/total',
];

for (const kernel of KERNELS) {
  test(`${kernel} with subgroups`, async ({ session }, info) => {
    const input: KernelCasesInput = { kernel, seed: seed(), only: '', subgroups: true };
    const { head } = await session.run('kernel-cases', message(input));
    const { reports, subgroups } = head as {
      readonly reports: readonly CaseReport[];
      readonly subgroups: SubgroupUse;
    };
    info.annotations.push({ type: 'subgroups', description: JSON.stringify(subgroups) });
    if (session.adapter.features.includes('subgroups')) expect(subgroups).toMatchObject({ inUse: true });
    else expect(subgroups).toEqual({ inUse: false, why: 'the adapter has no subgroups' });
    expect(reports.length, 'cases that ran').toBeGreaterThan(0);
    const failures = reports.filter((c) => !c.passed).map((c) => `${c.name}\n${c.message}`);
    expect(failures.length, `SEED=${seed()}\n${failures.join('\n\n')}`).toBe(0);
  });
}
