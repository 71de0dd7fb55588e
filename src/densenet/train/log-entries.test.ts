import { describe, expect, it } from 'vitest';
import {
  endEntry,
  entriesBetween,
  epochEntry,
  evaluationEntry,
  resumeEntry,
  runEntry,
  stepEntry,
} from '../../../tests/fixtures/log-entries.ts';
import { isBeyond, type LogEntry, logLine, parseLogEntry, scalarsOf } from './log-entries.ts';

const read = (line: string) => parseLogEntry(JSON.parse(line), 'line');

describe('entries of a log', () => {
  it('are one line each, and read back as they were', () => {
    const entries: LogEntry[] = [
      runEntry,
      ...entriesBetween(0, 6),
      resumeEntry(6, 1),
      endEntry(6, 'failed'),
      evaluationEntry(6, 'test'),
    ];
    for (const entry of entries) {
      const line = logLine(entry);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(read(line)).toEqual(entry);
    }
  });

  it('have null for what is not finite, which reads back as NaN', () => {
    const line = logLine({ ...epochEntry(5, 0), loss: Number.POSITIVE_INFINITY, metrics: { auroc: Number.NaN } });
    expect(JSON.parse(line)).toMatchObject({ loss: null, metrics: { auroc: null } });
    expect(read(line)).toMatchObject({ loss: Number.NaN, metrics: { auroc: Number.NaN } });
  });

  it.each([
    [
      { ...stepEntry(1, 0), kind: 'steps' },
      /line\.kind: "steps" must be one of run, resume, step, epoch, evaluation, end/,
    ],
    [{ ...stepEntry(1, 0), step: 1.5 }, /step: 1\.5 must be a whole number/],
    [{ ...stepEntry(1, 0), loss: '0.5' }, /metric: "0\.5" must be a number, or null/],
    [{ ...stepEntry(1, 0), los: 0.5 }, /los: .* did you mean loss/],
    [{ ...runEntry, version: 2 }, /version: 2 must be a whole number from 1 to 1/],
    [{ ...endEntry(1, 'complete'), reason: 'tired' }, /reason: "tired"/],
    [[], /must be a JSON object/],
    [null, /must be a JSON object/],
  ])('%j is none', (json, problem) => {
    expect(() => parseLogEntry(json, 'line')).toThrow(problem);
  });

  it('lie beyond a state where the resumed run does them again', () => {
    const at = { step: 10, epochs: 1 };
    const beyond = (entry: LogEntry) => isBeyond(entry, at);
    expect(
      [runEntry, stepEntry(10, 1), epochEntry(5, 0), resumeEntry(10, 1), endEntry(10, 'failed')].some(beyond),
    ).toBe(false);
    // The state was taken after the epoch's last step and before its validation.
    expect([stepEntry(11, 2), epochEntry(10, 1), resumeEntry(11, 1), endEntry(12, 'failed')].every(beyond)).toBe(true);
  });

  it('have scalars for TensorBoard: those that were measured', () => {
    const tags = (entry: LogEntry) => scalarsOf(entry).map(({ tag }) => tag);
    const train = ['train/loss', 'train/accuracy', 'train/learning_rate', 'train/images_per_second'];
    expect(tags(stepEntry(1, 0))).toEqual([...train, 'train/gradient_norm']);
    expect(tags(stepEntry(2, 0))).toEqual(train);
    expect(scalarsOf(epochEntry(5, 2))).toEqual([
      { tag: 'validation/loss', value: 0.625 },
      { tag: 'validation/accuracy', value: 0.5 },
      { tag: 'validation/top5', value: 1 },
    ]);
    expect(tags(runEntry)).toEqual([]);
  });
});
