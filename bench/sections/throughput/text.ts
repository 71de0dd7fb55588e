// The rows of a report for a terminal: a line per check, and the table at the end.

import { digits, megabytes, percent } from '../../../ui/number-text.ts';
import { table } from '../../../ui/text-table.ts';
import { workloadName } from '../../workloads.ts';
import { type Roofline, shareOfPeak } from '../roofline/schema.ts';
import type { CheckReport, Row } from './schema.ts';

export function checkLine({ file, precision, passed, groups }: CheckReport): string {
  const wrong = groups.find((group) => !group.passed);
  const worst = Math.max(...groups.map(({ error }) => error ?? Number.POSITIVE_INFINITY));
  const verdict = passed
    ? `agrees, the largest error is ${worst.toExponential(1)}`
    : `DIFFERS: ${wrong?.worst ?? file}`;
  return `against PyTorch, ${file}${precision === 'f32' ? '' : ` in ${precision}`}: ${verdict}`;
}

const HEADING = [
  'workload',
  'images/s',
  'ms',
  '95% interval',
  'p5',
  'p95',
  'GFLOP/s',
  'of peak',
  'cold s',
  'GPU bytes',
  'repeats',
  '',
];

/** Numbers in a table; under it what failed, and why. */
export function rowsAsText(rows: readonly Row[], roofline: Roofline | undefined): string {
  const done = rows.flatMap((row) => (row.status === 'done' ? [cells(row, roofline)] : []));
  const failed = rows.flatMap((row) =>
    row.status === 'failed' ? [`${workloadName(row.workload)}: ${row.problem}`] : [],
  );
  return [...(done.length > 0 ? [table(HEADING, done)] : []), ...failed].join('\n');
}

function cells({ workload, measurement }: Row & { status: 'done' }, roofline: Roofline | undefined): string[] {
  const { batch, imagesPerSecond, milliseconds, gflops, flops, traffic, cold, memory, ended } = measurement;
  const { median, interval, p5, p95, repeats } = milliseconds;
  const coldSeconds = (cold.device + cold.compilation + cold.preparation + cold.firstResult) / 1000;
  const equal = memory.forecastBytes === memory.measuredBytes;
  return [
    workloadName({ ...workload, batch }),
    digits(imagesPerSecond.median),
    digits(median),
    `${digits(interval.low)} - ${digits(interval.high)} (${percent((interval.high - interval.low) / median)})`,
    digits(p5),
    digits(p95),
    digits(gflops),
    roofline ? percent(shareOfPeak(flops, traffic, median, roofline)) : '',
    coldSeconds.toFixed(1),
    megabytes(memory.measuredBytes) + (equal ? '' : `, forecast ${megabytes(memory.forecastBytes)}`),
    String(repeats),
    ended,
  ];
}
