// A run that was interrupted goes on as if it had not been: the same bits, whatever its recipe has in it.

import type { ResumeInput } from '../../jobs/resume.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

for (const optimizer of ['sgd', 'adamw'] as const) {
  const hosts = optimizer === 'sgd' ? onlyOn('chromium', 'deno') : onlyOn('node');
  test(`a run goes on bit for bit from any state of it, ${optimizer}`, hosts, async ({ session }) => {
    const input: ResumeInput = { optimizer };
    const { taken, differ, losses, validation } = await session.run('resume', input);
    expect(taken[0]).toBe(1);
    expect(taken.at(-1)).toBe(9);
    expect(differ).toEqual({
      'with images that are asked for': [],
      'from an early state': [],
      'from where it was stopped': [],
    });
    expect(new Set(losses).size, 'epochs that learn').toBe(3);
    expect(validation).toHaveLength(3);
  });
}
