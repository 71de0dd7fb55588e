// The log of a run that is killed at any byte and resumed anywhere has each step once; a log that cannot be gone on with is left
// as it is; and nothing of this ends a training.
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { readEvents } from '../../tests/fixtures/event-file.ts';
import { endEntry, entriesBetween, resumeEntry, runEntry } from '../../tests/fixtures/log-entries.ts';
import { type LogEntry, type LogPosition, logLine, scalarsOf } from '../densenet/train/log-entries.ts';
import { createRandom } from '../runtime/random.ts';
import { cutLog, LOG_FILE, RunLog, readRunLog } from './run-log.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-run-log-'));
const folder = join(root, 'run');
const path = join(folder, LOG_FILE);
const problems: string[] = [];
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  problems.length = 0;
});
afterAll(() => rmSync(root, { recursive: true }));

const openLog = (resume?: LogPosition) =>
  RunLog.open(folder, { resume, onProblem: ({ message }) => void problems.push(message), now: () => 1764533987250 });
async function logged(entries: readonly LogEntry[], resume?: LogPosition) {
  const log = await openLog(resume);
  for (const entry of entries) log.write(entry);
  return log.close();
}
async function read(): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of readRunLog(path)) entries.push(entry);
  return entries;
}
const eventFiles = () =>
  readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()
    .map((name) => readEvents(readFileSync(join(folder, name))));

it('a run is a line per entry, and the same numbers for TensorBoard', async () => {
  const entries = [runEntry, ...entriesBetween(0, 12), endEntry(12, 'interrupted')];
  expect(await logged(entries)).toEqual([]);
  expect(await read()).toEqual(entries);
  const [events = []] = eventFiles();
  expect(events[0]).toMatchObject({ version: 'brain.Event:2', seconds: 1764533987.25 });
  const drawn = entries.flatMap((entry) => (scalarsOf(entry).length > 0 && 'step' in entry ? [entry] : []));
  expect(events.slice(1)).toEqual(
    drawn.map((entry) => ({
      seconds: 1764533987.25,
      step: entry.step,
      scalars: scalarsOf(entry).map(({ tag, value }) => ({ tag, value: Math.fround(value) })),
    })),
  );
});

it('resumed, it has each step and each epoch once, and TensorBoard drops the same ones', async () => {
  await logged([runEntry, ...entriesBetween(0, 13)]);
  const at = { step: 8, epochs: 1 };
  const more = [resumeEntry(8, 1), ...entriesBetween(8, 15), endEntry(15, 'complete')];
  expect(await logged(more, at)).toEqual([]);
  expect(await read()).toEqual([runEntry, ...entriesBetween(0, 8), ...more]);
  const [, second = []] = eventFiles();
  expect(second.slice(0, 3)).toMatchObject([{ version: 'brain.Event:2' }, { step: 9, restart: 1 }, { step: 9 }]);
});

it('a log that was cut at any byte goes on from any state before', async () => {
  const entries = [runEntry, ...entriesBetween(0, 9)];
  const whole = entries.map(logLine).join('');
  const bytes = Buffer.from(whole);
  const random = createRandom(Number(process.env.SEED ?? 1), 0);
  for (let trial = 0; trial < 150; trial++) {
    const end = Math.floor(random.uniform() * (bytes.length + 1));
    const step = Math.floor(random.uniform() * 10);
    const at = { step, epochs: step > 5 ? 1 : 0 };
    // After a power cut a file may also end in zeros.
    const zeros = trial % 3 === 0 ? Math.floor(random.uniform() * 40) : 0;
    writeFileSync(path, Buffer.concat([bytes.subarray(0, end), Buffer.alloc(zeros)]));
    const kept = await cutLog(path, at);
    const text = readFileSync(path, 'utf8');
    expect(text).toHaveLength(kept ?? -1);
    expect(whole.startsWith(text)).toBe(true);
    const left = await read();
    const lines = bytes.subarray(0, end).toString().split('\n').length - 1;
    const wanted = entries.slice(0, lines).filter((entry) => entry.kind === 'run' || entry.step <= step);
    // An epoch's entry comes after its last step, and its state may have been taken between the two.
    const until = wanted.filter((entry) => entry.kind !== 'epoch' || entry.epoch < at.epochs);
    expect(left, JSON.stringify({ end, step, zeros })).toEqual(until);
  }
});

it('a log that is damaged before its end is left as it is, which is said; training has its events all the same', async () => {
  const lines = [runEntry, ...entriesBetween(0, 4)].map(logLine);
  lines[2] = '{"kind":"step","step":2\n';
  writeFileSync(path, lines.join(''));
  const missing = await logged(entriesBetween(4, 6), { step: 4, epochs: 0 });
  expect(problems).toEqual([
    expect.stringMatching(/log\.jsonl: at byte \d+: line 3 is no entry of a log: .*move the file/),
  ]);
  expect(missing.map(({ code }) => code)).toEqual(['data']);
  expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
  expect(eventFiles()[0]).toHaveLength(2 + 3);
});

it('a log that is not there begins where the run is resumed', async () => {
  await logged(entriesBetween(4, 6), { step: 4, epochs: 0 });
  expect(await read()).toEqual(entriesBetween(4, 6));
});

it('a folder that cannot be written is one message, and one at the end for each file', async () => {
  rmSync(folder, { recursive: true });
  const missing = await logged([runEntry, ...entriesBetween(0, 3)]);
  expect(problems).toHaveLength(1);
  expect(missing.map(({ message }) => message)).toEqual([
    expect.stringMatching(/log\.jsonl cannot be written: no such file; 4 entries are missing/),
    expect.stringMatching(/tfevents.* cannot be written: no such file; 4 entries are missing/),
  ]);
  mkdirSync(folder);
});

it('what is flushed is in the file, whatever becomes of the process', async () => {
  const log = await openLog();
  log.write(runEntry);
  for (const entry of entriesBetween(0, 5)) log.write(entry);
  await log.flush();
  expect(await read()).toHaveLength(7);
  appendFileSync(path, '{"kind":"st');
  expect(await read()).toHaveLength(7);
  await log.close();
});
