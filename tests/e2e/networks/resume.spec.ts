// A run that was interrupted goes on as if it had not been: the same bits, whatever its recipe has in it.

import { message } from '../../../src/hosts/message.ts';
import type { ResumeInput, ResumeReport } from '../../jobs/resume.ts';
import { expect, test } from '../fixtures/host-test.ts';

for (const optimizer of ['sgd', 'adamw'] as const) {
  test(`a run goes on bit for bit from any state of it, ${optimizer}`, async ({ session }) => {
    const input: ResumeInput = { optimizer };
    const { head } = await session.run('resume', message(input));
    const { taken, differ, losses, heldOut } = head as ResumeReport;
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(differ).toEqual({ 'from 1': [], 'from 6': [], interrupted: [] });
    expect(new Set(losses).size, 'epochs that learn').toBe(3);
    expect(heldOut).toHaveLength(3);
  });
}
