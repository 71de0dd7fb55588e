// Subgroup matrices are tried, never assumed: what the kernel check accepts and what it rejects, and what a device without them says.
// (src/runtime/subgroup-matrix.test.ts compiles the shaders themselves.)

import { expect, test } from '../fixtures/host-test.ts';

test('a text stands in for the portable one only where a kernel check agrees', async ({ session }) => {
  const { use, same, wrong } = await session.run('matrix-check');
  expect(same).toMatchObject({ kernel: 'conv1x1/forward', used: true });
  expect(wrong).toMatchObject({
    used: false,
    why: expect.stringMatching(/^in its kernel check value \d+ was .+, not .+$/),
  });
  if (!session.adapter.features.includes('chromium-experimental-subgroup-matrix'))
    expect(use).toEqual({ tried: false, why: 'the adapter has no subgroup matrices' });
});
