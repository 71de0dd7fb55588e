import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test(
  'shaders with loops are replaced while a network trains, to the same bits',
  onlyOn('node'),
  async ({ session }) => {
    const { progress, compiled, steps, differ, failing, gone } = await session.run('interim-pipelines');
    const total = progress[0]?.total;
    expect(progress).toEqual(Array.from({ length: progress.length }, (_, i) => ({ done: i + 1, total })));
    expect(progress.length).toBe(total);
    expect(compiled.interim).toBeGreaterThan(10);
    expect(compiled.unrolled, `unrolled after ${steps} steps`).toBe(compiled.interim);
    expect(steps).toBeGreaterThan(2);
    expect(differ).toEqual([]);
    expect(failing.told).toEqual([expect.stringMatching(/^GpuError: .*does not compile: .*refused/)]);
    expect(failing.loss).toBe(failing.expected);
    // One text was under way.
    for (const { asked } of gone) expect(asked).toBeLessThanOrEqual(1);
    expect(gone.map(({ told }) => told.map((error) => error.split(':')[0]))).toEqual([[], ['DeviceLostError']]);
  },
);
