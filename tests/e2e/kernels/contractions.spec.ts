import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test('however an fma is compiled, each window of the pool has one arg-max', onlyOn('node'), async ({ session }) => {
  const reports = await session.run('contractions');
  expect(reports).toHaveLength(9);
  expect(reports.filter(({ message }) => message !== '')).toEqual([]);
});
