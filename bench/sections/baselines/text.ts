// A peer's row in words, for the page's table and the terminal's.

import { digits, mebibytes } from '../../page/number-text.ts';
import type { MeasuredBaseline, BaselineRow } from './schema.ts';

export const COLUMNS = [
  'Images/s',
  'Of ours',
  'Repeat',
  'First',
  'Error',
  'Dispatches',
  'Submits',
  'Bind groups',
  'Buffers made',
  'GPU memory',
  'JavaScript',
  'Repeats',
] as const;

/** Each column's value and, where there is more to say, a second line. */
export function cells(row: MeasuredBaseline): [string, string?][] {
  const { milliseconds, counts, check, difference, code } = row;
  const worst = Math.max(...check.groups.map(({ error }) => error ?? Number.POSITIVE_INFINITY));
  const fromOurs = difference ? `${(difference.error ?? Number.NaN).toExponential(1)} from ours` : undefined;
  return [
    [digits(row.imagesPerSecond)],
    [row.ratio === null ? '–' : `${digits(row.ratio)}×`],
    [`${digits(milliseconds.median)} ms`, `${digits(milliseconds.p5)} – ${digits(milliseconds.p95)}`],
    [`${digits(row.first / 1000)} s`],
    fromOurs === undefined ? [worst.toExponential(1)] : [worst.toExponential(1), fromOurs],
    [String(counts.dispatches)],
    [String(counts.submits)],
    [String(counts.bindGroups)],
    [String(counts.buffers)],
    [mebibytes(row.peakBytes), `${mebibytes(row.liveBytes)} after a repeat`],
    code.wasm > 0
      ? [`${digits(code.script / 1024)} KiB`, `and ${mebibytes(code.wasm)} WebAssembly`]
      : [`${digits(code.script / 1024)} KiB`],
    [String(milliseconds.repeats), row.ended],
  ];
}

export const versionOf = (row: BaselineRow): string => (row.status === 'done' ? row.version : '');
