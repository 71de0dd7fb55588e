import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogEntry, logLine } from '../../src/densenet/train/log-entries.ts';
import {
  endEntry,
  entriesBetween,
  epochEntry,
  evaluationEntry,
  resumeEntry,
  runEntry,
} from '../../tests/fixtures/log-entries.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { summaryOf } from './runs.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-runs-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(buildDensenet, 120_000);

async function* given(...entries: readonly LogEntry[]) {
  yield* entries;
}

test('a log comes to its best epoch, and to how far the run is', async () => {
  const ended = await summaryOf('a', given(runEntry, ...entriesBetween(0, 12), endEntry(12, 'interrupted')));
  expect(ended).toEqual({
    name: 'a',
    model: 'growth 4, blocks 1',
    parameters: 1234,
    steps: 12,
    epochs: 2,
    seconds: 6,
    best: { epoch: 1, validationAccuracy: 0.25 },
    test: null,
    ended: 'interrupted',
  });
  const whole = [runEntry, ...entriesBetween(0, 5), endEntry(5, 'complete'), evaluationEntry(5, 'val')];
  const tested = [...whole, evaluationEntry(5, 'test')];
  expect(await summaryOf('a', given(...tested))).toMatchObject({ test: 0.875, ended: 'complete', steps: 5 });
  // Another network has taken its place since.
  expect(await summaryOf('a', given(...tested, resumeEntry(5, 1)))).toMatchObject({ test: null, ended: null });
  const more = [resumeEntry(12, 2), ...entriesBetween(12, 13)];
  expect(await summaryOf('a', given(runEntry, endEntry(12, 'interrupted'), ...more))).toMatchObject({ ended: null });
  const equal = [0.5, Number.NaN, 0.75, 0.75].map((validationAccuracy, epoch) => ({
    ...epochEntry(5 * epoch + 5, epoch),
    validationAccuracy,
  }));
  expect((await summaryOf('a', given(...equal))).best).toEqual({ epoch: 2, validationAccuracy: 0.75 });
  expect(await summaryOf('a', given())).toMatchObject({ model: 'unknown', steps: 0, best: null, ended: null });
});

test('the runs of a folder are a table; a damaged log is a message, and other folders are none', async () => {
  const write = (name: string, text: string) => {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'log.jsonl'), text);
  };
  write(
    'b',
    [runEntry, ...entriesBetween(0, 5), endEntry(5, 'complete'), evaluationEntry(5, 'test')].map(logLine).join(''),
  );
  write('a', [runEntry, ...entriesBetween(0, 13)].map(logLine).join(''));
  write('damaged', `{}\n${logLine(runEntry)}`);
  mkdirSync(join(root, 'none'));
  const { code, out, err } = await densenet('runs', root);
  expect({ code, lines: out.trim().split('\n') }).toEqual({
    code: 0,
    lines: [
      expect.stringMatching(/^run +network/),
      expect.stringMatching(/^a +growth 4, blocks 1 +1,234 +2 +13 +25\.0% +2 +– +6\.5 s +no$/),
      expect.stringMatching(/^b +growth 4, blocks 1 +1,234 +1 +5 +0\.0% +1 +87\.5% +2\.5 s +complete$/),
    ],
  });
  expect(err).toMatch(/damaged.*line 1 is no entry of a log/);
  const sorted = JSON.parse((await densenet('runs', root, '--json', '--sort', 'accuracy')).out);
  expect(sorted.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
  expect(JSON.parse((await densenet('runs', join(root, 'b'), '--json')).out)).toHaveLength(1);
  expect(await densenet('runs', join(root, 'gone'))).toMatchObject({
    code: 2,
    err: expect.stringMatching(/no such folder/),
  });
}, 60_000);
