// Tint and naga accept every shader that any preset asks for, without a warning.
import { message } from '../../../src/jobs/message.ts';
import type { CompileReport } from '../../jobs/compile-presets.ts';
import { expect, test } from '../fixtures/host-test.ts';

test('every variant of every preset compiles', async ({ session }) => {
  const { compiled, messages } = (await session.run('compile-presets', message({}))).head as CompileReport;
  expect(compiled).toBeGreaterThan(100);
  expect(messages).toEqual([]);
});
