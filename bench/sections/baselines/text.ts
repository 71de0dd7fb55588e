// A comparison with other libraries in words: the cells of a row, for the page's table and the terminal's, and the latter, with
// a line for each library that has no figures.

import { digits, mebibytes } from '../../../ui/number-text.ts';
import { table } from '../../../ui/text-table.ts';
import { labelOf } from '../../baselines/baseline.ts';
import type { BaselineRow, BaselinesSection, Comparison, MeasuredBaseline } from './schema.ts';

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

export const baselinesAsText = (section: BaselinesSection): string => section.map(comparisonAsText).join('\n\n');

function comparisonAsText({ subject, rows }: Comparison): string {
  const measured = rows.filter((row) => row.status === 'done');
  const lines = measured.map((row) => [
    `${labelOf(row.peer)} ${row.version}`,
    ...cells(row).map(([value, detail]) => (detail ? `${value} (${detail})` : value)),
  ]);
  const without = rows.flatMap((row) => (row.status === 'done' ? [] : [`${labelOf(row.peer)}: ${row.problem}`]));
  const parts = [
    `${subject.model}:${subject.mode}:${subject.batch}`,
    ...(lines.length > 0 ? [table(['Library', ...COLUMNS], lines)] : []),
    ...without,
  ];
  return parts.join('\n');
}
