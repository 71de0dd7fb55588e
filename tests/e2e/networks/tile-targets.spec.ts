// Plans with the tiles of other GPUs compute the same, and pipelines that a GPU refuses are replaced by smaller ones.

import { vendorTiles } from '../../../src/densenet/plan/tile-config.ts';
import { VENDORS } from '../../../src/runtime/adapter.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

// One host is enough: what tiles compute is compared with float64 elsewhere.
test("every vendor's tiles change gradients by rounding alone", onlyOn('node'), async ({ session }) => {
  const reports = await session.run('vendor-tiles');
  const usual = JSON.stringify(vendorTiles('unknown').target);
  for (const vendor of VENDORS) {
    const { changed, logits, gradients } = reports[vendor] ?? {};
    expect(logits, vendor).toBeLessThan(1e-5);
    expect(gradients, vendor).toBeLessThan(1e-3);
    if (JSON.stringify(vendorTiles(vendor).target) === usual) expect(changed, vendor).toBe(0);
    else expect(changed, vendor).toBeGreaterThan(0);
  }
  expect(reports.intel?.changed).toBeGreaterThan(10);
  expect(reports.intel?.logits).toBeGreaterThan(0);
});

for (const most of [128, 64])
  test(
    `a device that refuses more than ${most} threads gets smaller tiles, and says so`,
    onlyOn('node'),
    async ({ session }) => {
      const { refused, notes, changed, logits, gradients } = await session.run('refused-threads', { most });
      expect(Math.max(...refused)).toBeGreaterThan(most);
      expect(notes.at(-1)).toMatch(
        new RegExp(`^tiles of at most ${most} threads are used: \\S+ .*limit is ${most} threads`),
      );
      expect(changed).toBeGreaterThan(0);
      expect(logits).toBeLessThan(1e-5);
      expect(gradients).toBeLessThan(1e-3);
    },
  );

test('a device that refuses every pipeline says why', onlyOn('node'), async ({ session }) => {
  await expect(session.run('refused-threads', { most: 32 })).rejects.toThrow(/limit is 32 threads/);
});
