import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

// Chromium's compiler is Node's.
test('every variant of every preset compiles', onlyOn('node', 'deno', 'firefox'), async ({ session }) => {
  const { compiled, messages } = await session.run('compile-presets');
  expect(compiled).toBeGreaterThan(100);
  expect(messages).toEqual([]);
});
