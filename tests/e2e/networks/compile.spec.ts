import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

// Node's compiler has them in tests/jobs/preset-variants.test.ts.
test('every variant of every preset compiles', onlyOn('chromium', 'deno', 'firefox'), async ({ session }) => {
  const { compiled, messages } = await session.run('compile-presets');
  expect(compiled).toBeGreaterThan(100);
  expect(messages).toEqual([]);
});
