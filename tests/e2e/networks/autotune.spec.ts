// The autotuner on a tiny network: the tiles it chooses compute the same, a wrong one is rejected, and its record is cached.

import { PORTABLE_PRECISIONS } from '../../../src/densenet/plan/feature-map.ts';
import { WrongResultError } from '../../../src/runtime/errors.ts';
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

for (const precision of PORTABLE_PRECISIONS)
  test(
    `classes are tuned one after the other, and every tile is accepted, ${precision}`,
    onlyOn('node', ...(precision === 'f32' ? (['chromium'] as const) : [])),
    async ({ session }) => {
      const report = await session.run('autotune-small', { precision });
      expect(report).toMatchObject({ autotuned: 3, problems: [] });
      expect(report.classes).toBeGreaterThan(10);
    },
  );

// One host is enough: what tiles compute is compared with float64 elsewhere.
test('other tiles change gradients by rounding alone', onlyOn('node'), async ({ session }, info) => {
  const { changed, logits, gradients } = await session.run('other-tiles');
  const worst = Object.entries(gradients).toSorted(([, a], [, b]) => b - a);
  info.annotations.push({ type: 'worst', description: JSON.stringify([['logits', logits], ...worst.slice(0, 5)]) });
  expect(changed).toBeGreaterThan(10);
  expect(logits).toBeGreaterThan(0);
  expect(logits).toBeLessThan(1e-5);
  // With all shifts at 0 the norms that read it undo this scale: its gradient is zero, and all that is left is rounding.
  const { 'features.norm0.weight': _undone, ...others } = gradients;
  expect(Math.max(...Object.values(others))).toBeLessThan(1e-3);
});

for (const precision of PORTABLE_PRECISIONS)
  test(
    `a tile with a flipped sign is rejected, and never chosen, ${precision}`,
    onlyOn('node', ...(precision === 'f32' ? (['firefox'] as const) : [])),
    async ({ session }) => {
      const candidates = await session.run('autotune-broken', { wrong: 'tile', precision });
      const flipped = candidates.find(({ tile }) => tile === 'flipped');
      expect(flipped).toMatchObject({ milliseconds: null, problem: expect.stringMatching(/got .*, expected /) });
      expect(candidates.filter(({ milliseconds }) => milliseconds === null)).toHaveLength(1);
      expect(candidates.length).toBeGreaterThan(2);
    },
  );

test('a default that is wrong is a typed error', onlyOn('node'), async ({ session }) => {
  const failed = session.run('autotune-broken', { wrong: 'default', precision: 'f32' });
  await expect(failed).rejects.toThrow(WrongResultError);
  await expect(failed).rejects.toThrow(/conv1x1\/forward: wrong results on this GPU: .* got .*, expected /);
});

// Firefox keeps nothing for the page that tests it.
test(
  'what was found is cached, also in a browser, and a damaged record is ignored',
  onlyOn('chromium', 'node', 'deno'),
  async ({ session, host }) => {
    expect(await session.run('autotune-kept')).toMatchObject({
      browser: host === 'chromium',
      first: { source: 'measured', measured: 1, notes: [expect.stringMatching(/^1 of \d+ shape classes were tuned/)] },
      again: { source: 'cache', same: true },
      damaged: { source: 'defaults', notes: [expect.stringMatching(/is not JSON .*: ignored/)] },
      off: 'defaults',
    });
  },
);

for (const faster of [true, false])
  test(
    `subgroup operations run where they were measured to be ${faster ? 'faster' : 'slower: nowhere'}`,
    onlyOn('node', 'chromium'),
    async ({ session }) => {
      const report = await session.run('autotune-subgroups', { faster });
      expect(report).toMatchObject({ inUse: true, problems: [], others: ['portable'] });
      expect(report.classes).toBeGreaterThan(1);
      expect(report.tuned).toEqual([faster ? 'subgroups' : 'portable']);
    },
  );
