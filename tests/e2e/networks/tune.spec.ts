// The tuner on a tiny network: tiles of its choice compute the same, a wrong one is struck out, and what it found is kept.

import { message } from '../../../src/hosts/message.ts';
import { WrongResultError } from '../../../src/runtime/errors.ts';
import type { TuneSmallReport } from '../../jobs/tune-small.ts';
import { expect, test } from '../fixtures/host-test.ts';

test('other tiles change gradients by rounding alone', async ({ session, host }, info) => {
  info.skip(host !== 'node' && host !== 'chromium', 'the whole tuner runs under Node and Chromium');
  const report = (await session.run('tune-small', message({}))).head as unknown as TuneSmallReport;
  info.annotations.push({ type: 'tuned', description: JSON.stringify(report) });
  expect(report.problems).toEqual([]);
  expect(report.tuned).toBe(report.classes);
  expect(report.changed).toBeGreaterThan(10);
  expect(report.difference).toBeGreaterThan(0);
  expect(report.difference).toBeLessThan(1e-4);
});

test('a tile with a flipped sign is struck out, and never chosen', async ({ session, host }, info) => {
  info.skip(host !== 'node' && host !== 'firefox', 'one host of each compiler');
  const { head } = await session.run('tune-broken', message({ wrong: 'tile' }));
  const candidates = head as unknown as { tiling: string; milliseconds: number | null; problem?: string }[];
  const flipped = candidates.find(({ tiling }) => tiling === 'flipped');
  expect(flipped).toMatchObject({ milliseconds: null, problem: expect.stringMatching(/is .*, not /) });
  expect(candidates.filter(({ milliseconds }) => milliseconds === null)).toHaveLength(1);
  expect(candidates.length).toBeGreaterThan(2);
});

test('a default that is wrong is a typed error', async ({ session, host }, info) => {
  info.skip(host !== 'node', 'one host is enough');
  const failed = session.run('tune-broken', message({ wrong: 'default' }));
  await expect(failed).rejects.toThrow(WrongResultError);
  await expect(failed).rejects.toThrow(/conv1x1\/forward: wrong results on this GPU: .* is .*, not /);
});

test('what was found is kept, also in a browser, and a damaged entry is ignored', async ({ session, host }, info) => {
  info.skip(host === 'firefox', 'Firefox keeps nothing for the page that tests it');
  const { head } = await session.run('tune-kept', message({}));
  expect(head).toMatchObject({
    browser: host === 'chromium',
    first: { source: 'measured', measured: 1, notes: [expect.stringMatching(/^1 of \d+ shape classes were tuned/)] },
    again: { source: 'cache', same: true },
    damaged: { source: 'defaults', notes: [expect.stringMatching(/is not JSON .*: ignored/)] },
    off: 'defaults',
  });
});
