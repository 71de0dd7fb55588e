import type { KernelCasesInput } from '../../jobs/kernel-cases.ts';
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
    const { reports, subgroups } = await session.run('kernel-cases', input);
    info.annotations.push({ type: 'subgroups', description: JSON.stringify(subgroups) });
    if (session.adapter.features.includes('subgroups')) expect(subgroups).toMatchObject({ inUse: true });
    else expect(subgroups).toEqual({ inUse: false, why: 'the adapter has no subgroups' });
    expect(reports.length, 'cases that ran').toBeGreaterThan(0);
    const failures = reports.filter((c) => !c.passed).map((c) => `${c.name}\n${c.message}`);
    expect(failures.length, `SEED=${seed()}\n${failures.join('\n\n')}`).toBe(0);
  });
}
