import { expect, test } from '../fixtures/host-test.ts';

test('every variant of every preset compiles', async ({ session }) => {
  const { compiled, messages } = await session.run('compile-presets');
  expect(compiled).toBeGreaterThan(100);
  expect(messages).toEqual([]);
});
