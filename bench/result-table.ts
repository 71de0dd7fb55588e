// The rows as a table; on a narrow screen each row is a card, and every cell says what it is.

import { h } from 'preact';
import type { Measurement } from './measure.ts';
import type { Row } from './report.ts';

const COLUMNS = ['Network', 'Images/s', 'ms a batch', 'Warm-up', 'Preparation', 'Passes', 'GPU memory', 'Repeats'];

export function ResultTable({ rows }: { rows: readonly Row[] }) {
  if (rows.length === 0) return h('p', { class: 'hint' }, 'Nothing has been measured yet.');
  return h('table', { class: 'results' }, [
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        COLUMNS.map((name) => h('th', { key: name, scope: 'col' }, name)),
      ),
    ),
    h(
      'tbody',
      null,
      rows.map((row, place) => h(ResultRow, { key: place, row })),
    ),
  ]);
}

function ResultRow({ row }: { row: Row }) {
  const { model, mode, batch } = row.workload;
  const name = h('th', { scope: 'row', class: 'workload' }, [
    h('strong', null, model),
    h('span', null, `${mode}, batch ${batch}`),
  ]);
  if (row.status === 'failed') {
    return h('tr', { class: 'failed' }, [name, h('td', { colSpan: COLUMNS.length - 1 }, row.problem)]);
  }
  return h('tr', null, [
    name,
    cells(row.measurement).map(([value, spread], i) =>
      h('td', { key: i, 'data-label': COLUMNS[i + 1] }, [
        h('span', null, value),
        spread && h('small', { title: 'from the 5th to the 95th percentile' }, spread),
      ]),
    ),
  ]);
}

function cells({ imagesPerSecond, milliseconds, ...rest }: Measurement): [string, string?][] {
  const { median, p5, p95, repeats } = milliseconds;
  const first = rest.warmUp[0] ?? 0;
  return [
    [digits(imagesPerSecond.median), `${digits(imagesPerSecond.low)} – ${digits(imagesPerSecond.high)}`],
    [digits(median), `${digits(p5)} – ${digits(p95)}`],
    [`${digits(first)} ms`],
    [`${digits(rest.preparation / 1000)} s`],
    [String(rest.passes)],
    [`${digits(rest.gpuBytes / 2 ** 20)} MiB`],
    [String(repeats), rest.ended],
  ];
}

/** Three significant digits, and never an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value === 0 ? '0' : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
