// Libraries side by side as people see them: what to run, how far it is, a table per workload with a bar of each library's
// speed beside ours.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { digits } from '../../../ui/number-text.ts';
import { BASELINE_LABELS, BASELINES, type BaselineName, labelOf } from '../../baselines/baseline.ts';
import { type BaselineWorkload, baselineWorkloadName, TINY } from '../../baselines/workloads.ts';
import { BarChart } from '../../charts/bar-chart.ts';
import { BatchField, checkbox, selectField } from '../../page/controls.ts';
import type { PageState } from '../../page/state.ts';
import { MODELS, MODES } from '../../workloads.ts';
import { BASELINE_SAMPLING } from './measure.ts';
import type { BaselineRow, Comparison } from './schema.ts';
import { COLUMNS, cells, versionOf } from './text.ts';

export function BaselinesView({ page }: { page: PageState }) {
  return h('section', { class: 'panel baselines', 'aria-labelledby': 'baselines-title' }, [
    h('h2', { id: 'baselines-title' }, 'Side by side with other libraries'),
    h('p', { class: 'hint' }, [
      'The same weights, images and GPU, in turns. Each is compared with PyTorch first and then, on the very network ',
      'that is timed, against this library. They are loaded from this page’s own server when a comparison begins.',
    ]),
    h(BaselinesForm, { page }),
    h(Phase, { page }),
    page.baselines.results.value.map((result, i) => h(ComparisonTable, { key: i, result })),
  ]);
}

function BaselinesForm({ page }: { page: PageState }) {
  const { baselines } = page;
  const workload = useSignal<BaselineWorkload>({ model: 'bc-100-12', mode: 'inference', batch: 1 });
  const selected = useSignal<readonly BaselineName[]>(BASELINES);
  const active = baselines.phase.value !== undefined;
  const ready = page.ready.value;
  const set = (change: Partial<BaselineWorkload>) => {
    workload.value = { ...workload.value, ...change };
  };
  const submit = (event: Event) => {
    event.preventDefault();
    baselines.measure([workload.value], selected.value, BASELINE_SAMPLING);
  };
  const { model, mode, batch } = workload.value;
  return h('form', { class: 'settings', onSubmit: submit }, [
    selectField('Network', [...MODELS, TINY] as const, model, active, (value) => set({ model: value })),
    selectField('Mode', MODES, mode, active, (value) => set({ mode: value })),
    h(BatchField, { batch, disabled: active, required: true, onInput: (value) => set({ batch: value }) }),
    h('fieldset', { disabled: active }, [
      h('legend', null, 'Libraries'),
      BASELINES.filter((baseline) => baseline !== 'ours').map((baseline) =>
        checkbox(labelOf(baseline), selected.value.includes(baseline), active, (on) => {
          const others = selected.value.filter((other) => other !== baseline);
          selected.value = on ? [...others, baseline] : others;
        }),
      ),
    ]),
    active
      ? h('button', { type: 'button', class: 'stop', onClick: () => baselines.stop() }, 'Stop')
      : h('button', { type: 'submit', class: 'primary', disabled: !ready }, 'Compare'),
  ]);
}

function Phase({ page }: { page: PageState }) {
  const phase = page.baselines.phase.value;
  const words = phase ? `${baselineWorkloadName(phase.workload)}, ${labelOf(phase.baseline)}: ${phase.phase} …` : '';
  const count = phase && phase.repeats > 0 ? ` ${phase.repeats + 1}` : '';
  return h('p', { class: 'status' }, [h('span', { role: 'status' }, words), count]);
}

function ComparisonTable({ result: { subject, rows } }: { result: Comparison }) {
  const heading = ['Library', ...COLUMNS].map((column) => h('th', { key: column, scope: 'col' }, column));
  return h('div', { class: 'comparison' }, [
    h('h3', null, `${subject.model}, ${subject.mode}, batch ${subject.batch}`),
    h(Ratios, { rows }),
    h('table', { class: 'results' }, [
      h('thead', null, h('tr', null, heading)),
      h(
        'tbody',
        null,
        rows.map((row) => h(Row, { key: row.peer, row })),
      ),
    ]),
  ]);
}

function Ratios({ rows }: { rows: readonly BaselineRow[] }) {
  const bars = rows.flatMap((row) =>
    row.status === 'done' && row.ratio !== null ? [{ ...row, value: row.ratio }] : [],
  );
  if (bars.length < 2) return null;
  const values = bars.map(({ peer, value }) => `${labelOf(peer)} ${digits(value)}`).join(', ');
  return h(BarChart, {
    title: 'Images a second, as a multiple of ours',
    summary: `Images a second, as a multiple of ours: ${values}`,
    labels: bars.map(({ peer }) => BASELINE_LABELS[peer].short),
    groups: [{ label: 'median of the repeats', colour: '--series-1', bars }],
    format: digits,
  });
}

function Row({ row }: { row: BaselineRow }) {
  const name = h('th', { scope: 'row', class: 'workload' }, [labelOf(row.peer), h('span', null, versionOf(row))]);
  if (row.status !== 'done') {
    return h('tr', { class: 'failed' }, [name, h('td', { colSpan: COLUMNS.length }, row.problem)]);
  }
  return h('tr', null, [
    name,
    cells(row).map(([value, detail], i) =>
      h('td', { key: i, 'data-label': COLUMNS[i] }, [h('span', null, value), detail && h('small', null, detail)]),
    ),
  ]);
}
