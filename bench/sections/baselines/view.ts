// Peers side by side as people see them: what to run, how far it is, a table a subject with a bar of each peer's speed
// beside ours.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { BarChart } from '../../charts/bar-chart.ts';
import { choice } from '../../page/choice.ts';
import { digits } from '../../page/number-text.ts';
import type { Run } from '../../page/state.ts';
import { LARGEST_BATCH, MODELS, MODES } from '../../workloads.ts';
import './baselines.css';
import { BASELINE_LABELS, BASELINES, type BaselineName, SHORT_LABELS } from '../../baselines/baseline.ts';
import { type BaselineWorkload, baselineWorkloadName, TINY } from '../../baselines/workloads.ts';
import { BASELINE_SAMPLING } from './measure.ts';
import type { BaselineRow, SideBySide } from './schema.ts';
import { COLUMNS, cells, versionOf } from './text.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

export function BaselinesView({ run }: { run: Run }) {
  return h('section', { class: 'panel peers', 'aria-labelledby': 'peers-title' }, [
    h('h2', { id: 'peers-title' }, 'Side by side with other libraries'),
    h('p', { class: 'hint' }, [
      'The same weights, images and GPU, in turns. Each is held against PyTorch first and then, on the very network ',
      'that is timed, against this library. They are loaded from this page’s own server when a comparison begins.',
    ]),
    h(BaselinesForm, { run }),
    h(Phase, { run }),
    run.peers.results.value.map((result, i) => h(Comparison, { key: i, result })),
  ]);
}

function BaselinesForm({ run }: { run: Run }) {
  const { peers } = run;
  const subject = useSignal<BaselineWorkload>({ model: 'bc-100-12', mode: 'inference', batch: 1 });
  const chosen = useSignal<readonly BaselineName[]>(BASELINES);
  const active = peers.phase.value !== undefined;
  const ready = run.adapter.value !== undefined && !run.trouble.value && !run.busy.value;
  const set = (change: Partial<BaselineWorkload>) => {
    subject.value = { ...subject.value, ...change };
  };
  const submit = (event: Event) => {
    event.preventDefault();
    peers.measure([subject.value], chosen.value, BASELINE_SAMPLING);
  };
  const { model, mode, batch } = subject.value;
  return h('form', { class: 'settings', onSubmit: submit }, [
    choice('Network', [...MODELS, TINY] as const, model, active, (value) => set({ model: value })),
    choice('Mode', MODES, mode, active, (value) => set({ mode: value })),
    h('label', null, [
      'Batch',
      h('input', {
        ...{ type: 'number', min: 1, max: LARGEST_BATCH, step: 1, required: true, disabled: active },
        value: batch,
        onChange: (event: InputEvent) => set({ batch: Number(event.currentTarget.value) }),
      }),
    ]),
    h('fieldset', { disabled: active }, [
      h('legend', null, 'Libraries'),
      BASELINES.filter((peer) => peer !== 'ours').map((peer) =>
        h('label', { key: peer, class: 'tick' }, [
          h('input', {
            type: 'checkbox',
            checked: chosen.value.includes(peer),
            onChange: () => {
              const without = chosen.value.filter((other) => other !== peer);
              chosen.value = without.length < chosen.value.length ? without : [...without, peer];
            },
          }),
          BASELINE_LABELS[peer],
        ]),
      ),
    ]),
    active
      ? h('button', { type: 'button', class: 'stop', onClick: () => peers.stop() }, 'Stop')
      : h('button', { type: 'submit', class: 'primary', disabled: !ready }, 'Compare'),
  ]);
}

function Phase({ run }: { run: Run }) {
  const phase = run.peers.phase.value;
  const words = phase ? `${baselineWorkloadName(phase.subject)}, ${BASELINE_LABELS[phase.peer]}: ${phase.phase} …` : '';
  const count = phase && phase.repeats > 0 ? ` ${phase.repeats + 1}` : '';
  return h('p', { class: 'status' }, [h('span', { role: 'status' }, words), count]);
}

function Comparison({ result: { subject, rows } }: { result: SideBySide }) {
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
  const said = bars.map(({ peer, value }) => `${BASELINE_LABELS[peer]} ${digits(value)}`).join(', ');
  return h(BarChart, {
    title: 'Images a second, as a multiple of ours',
    summary: `Images a second, as a multiple of ours: ${said}`,
    labels: bars.map(({ peer }) => SHORT_LABELS[peer]),
    groups: [{ label: 'median of the repeats', colour: '--series-1', bars }],
    format: digits,
  });
}

function Row({ row }: { row: BaselineRow }) {
  const name = h('th', { scope: 'row', class: 'workload' }, [BASELINE_LABELS[row.peer], h('span', null, versionOf(row))]);
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
