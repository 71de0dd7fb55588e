// The rows as a table; on a narrow screen each row is a card, and every cell says what it is.

import { h } from 'preact';
import { percent } from '../../../ui/number-text.ts';
import type { Validation } from '../../jobs.ts';
import { digits, mebibytes } from '../../page/number-text.ts';
import type { Measurement, Row } from '../../report.ts';
import { workloadWords } from '../../workloads.ts';
import { type Roofline, shareOfPeak } from '../roofline/schema.ts';
import type { Cold } from './measure.ts';

const COLUMNS = ['Network', 'Images/s', 'ms a batch', 'GFLOP/s', 'Cold', 'GPU memory', 'Checked', 'Repeats'];

export function ResultTable({ rows, roofline }: { rows: readonly Row[]; roofline: Roofline | undefined }) {
  if (rows.length === 0) return h('p', { class: 'hint' }, 'Nothing has been measured yet.');
  const heading = COLUMNS.map((name) => h('th', { key: name, scope: 'col' }, name));
  return h('table', { class: 'results' }, [
    h('thead', null, h('tr', null, heading)),
    h(
      'tbody',
      null,
      rows.map((row, place) => h(ResultRow, { key: place, row, place, roofline })),
    ),
  ]);
}

function ResultRow({ row, place, roofline }: { row: Row; place: number; roofline: Roofline | undefined }) {
  const done = row.status === 'done';
  const { model, ...rest } = row.workload;
  const words = workloadWords({ ...rest, batch: done ? row.measurement.batch : rest.batch });
  const name = h('th', { scope: 'row', class: 'workload' }, [
    h('strong', null, `${place + 1}. ${model}`),
    h('span', null, rest.batch === 'largest' && done ? `${words} (largest)` : words),
  ]);
  if (!done) return h('tr', { class: 'failed' }, [name, h('td', { colSpan: COLUMNS.length - 1 }, row.problem)]);
  return h('tr', null, [
    name,
    cells(row.measurement, roofline).map(([value, more, title], i) =>
      h('td', { key: i, 'data-label': COLUMNS[i + 1] }, [h('span', null, value), more && h('small', { title }, more)]),
    ),
  ]);
}

const rooflineSummary = ({ flops, traffic, milliseconds }: Measurement, roofline: Roofline | undefined): string =>
  roofline
    ? `${percent(shareOfPeak(flops, traffic, milliseconds.median, roofline))} of peak`
    : 'the roofline is not known';

function coldCell({ device, compilation, preparation, firstResult, sinceStart }: Cold): [string, string, string] {
  const seconds = (ms: number) => `${digits(ms / 1000)} s`;
  const sinceLoad = sinceStart === null ? '' : `, ${seconds(sinceStart)} from the start`;
  return [
    seconds(device + compilation + preparation + firstResult),
    `compiling ${seconds(compilation)}${sinceLoad}`,
    'from nothing to the first result; from the start: since the page was loaded',
  ];
}

/** How much of the arithmetic ran in kernels that PyTorch's goldens were held against, and the plan's own check. */
function checked({ goldens, agreement }: Validation): [string, string, string] {
  const title = 'share of the arithmetic in kernels that goldens ran, and the whole plan against a small one';
  const plan = agreement ? `plan: off by ${agreement.error?.toExponential(1) ?? 'NaN'}` : 'one image: nothing more';
  return [`${percent(Math.min(1, goldens))} in goldens`, plan, title];
}

/** A value, what stands under it, and what that is. */
function cells(measurement: Measurement, roofline: Roofline | undefined): [string, string?, string?][] {
  const { imagesPerSecond, milliseconds, cold, ...rest } = measurement;
  const { median, p5, p95, interval, repeats } = milliseconds;
  const { low, high } = imagesPerSecond;
  const { forecastBytes, measuredBytes } = rest.memory;
  const equal = forecastBytes === measuredBytes;
  const width = percent((interval.high - interval.low) / median);
  return [
    [digits(imagesPerSecond.median), `${digits(low)} – ${digits(high)}`, '95% confidence interval of the median'],
    [digits(median), `${digits(p5)} – ${digits(p95)}`, 'from the 5th to the 95th percentile'],
    [
      digits(rest.gflops),
      rooflineSummary(measurement, roofline),
      `${rest.passes} passes from ${rest.pipelines} pipelines`,
    ],
    coldCell(cold),
    [mebibytes(measuredBytes), equal ? 'as forecast' : `forecast ${mebibytes(forecastBytes)}`],
    checked(rest.held),
    [String(repeats), `${rest.ended} (${width})`, 'why it ended, and how wide the interval is'],
  ];
}
