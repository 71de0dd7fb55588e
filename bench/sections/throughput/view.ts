// The view that measures: what and for how long, what is under way, and the results as table, chart and file.

import { h } from 'preact';
import { percent } from '../../../ui/number-text.ts';
import { BarChart } from '../../charts/bar-chart.ts';
import { digits } from '../../page/number-text.ts';
import type { Run } from '../../page/state.ts';
import type { Row } from '../../report.ts';
import { workloadName, workloadWords } from '../../workloads.ts';
import { rooflineOf } from '../roofline/schema.ts';
import { ChecksLine } from './checks-line.ts';
import { MeasureForm } from './form.ts';
import { ResultTable } from './result-table.ts';

export function MeasureView({ run }: { run: Run }) {
  const rows = run.rows.value;
  const roofline = run.roofline.section.value;
  return h('div', null, [
    h('section', { class: 'panel', 'aria-labelledby': 'measure-title' }, [
      h('h2', { id: 'measure-title' }, 'Measure'),
      h(MeasureForm, { run }),
      h(Status, { run }),
    ]),
    h('section', { class: 'panel', 'aria-labelledby': 'results-title' }, [
      h('h2', { id: 'results-title' }, 'Results'),
      h(ChecksLine, { checks: run.checks.value }),
      h(ResultTable, { rows, roofline: roofline && rooflineOf(roofline) }),
      h(ThroughputChart, { rows }),
    ]),
  ]);
}

function Status({ run }: { run: Run }) {
  const current = run.current.value;
  if (!current) return h('p', { class: 'status' }, h('span', { role: 'status' }));
  const { workload, index, count, phase, repeats, width } = current;
  const doing = run.stopping.value ? 'stopping' : phase;
  const many = count > 1 ? `${index + 1} of ${count}: ` : '';
  const known = width === null ? '' : `, interval ${percent(width)}`;
  return h('div', { class: 'status' }, [
    count > 1 && h('progress', { max: count, value: index, 'aria-label': 'Workloads done' }),
    h('p', null, [
      h('span', { role: 'status' }, `${many}${workload.model}, ${workloadWords(workload)}: ${doing} …`),
      repeats > 0 && !run.stopping.value ? ` ${repeats + 1}${known}` : '',
    ]),
  ]);
}

function ThroughputChart({ rows }: { rows: readonly Row[] }) {
  const done = rows.flatMap((row, place) => (row.status === 'done' ? [{ ...row, place }] : []));
  if (done.length < 2) return null;
  const speeds = done.map(({ measurement }) => measurement.imagesPerSecond);
  const each = done.map(({ workload, measurement }) => {
    const { median } = measurement.imagesPerSecond;
    return `${workloadName({ ...workload, batch: measurement.batch })} ${digits(median)}`;
  });
  return h(BarChart, {
    title: 'Images/s, numbered as in the table',
    summary: `Images a second: ${each.join('; ')}`,
    labels: done.map(({ place }) => String(place + 1)),
    groups: [
      {
        label: 'median, with its 95% confidence interval',
        colour: '--series-1',
        bars: speeds.map(({ median, low, high }) => ({ value: median, low, high })),
      },
    ],
    format: digits,
  });
}
