// The bench page from top to bottom: what is measured and on what, the form, what is under way, the table.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { TroubleNote } from '../demo/trouble/trouble-note.ts';
import { ChecksLine } from './checks-line.ts';
import { type Effort, FULL_EFFORT } from './measure.ts';
import type { PeersRun } from './peers/peers-run.ts';
import { PeersView } from './peers/peers-view.ts';
import { ResultTable } from './result-table.ts';
import type { Run } from './run.ts';
import { MODELS, type Mode, parseWorkloads, type Workload, workloadName } from './workload.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

const EFFORTS: Readonly<Record<string, Effort>> = {
  'about 5 seconds': { repeats: 20, seconds: 5 },
  'up to 20 seconds': FULL_EFFORT,
  'up to a minute': { repeats: 100, seconds: 60 },
};

/** What a visitor compares machines by. */
const STANDARD = parseWorkloads(
  'densenet121:inference:1,densenet121:inference:8,densenet121:training:8,bc-100-12:inference:64,bc-100-12:training:64',
);

export function App({ run, peersRun }: { run: Run; peersRun: PeersRun }) {
  const workload = useSignal<Workload>({ model: 'bc-100-12', mode: 'inference', batch: 1 });
  const effortName = useSignal('up to 20 seconds');
  const effort = EFFORTS[effortName.value] ?? FULL_EFFORT;
  const trouble = run.trouble.value;
  return h('div', { class: 'app' }, [
    h('header', null, [
      h('h1', null, 'How fast is DenseNet on your GPU?'),
      h('p', { class: 'lead' }, [
        'Images a second, inference and whole training steps. A repeat runs from the upload of a batch to its result ',
        'back in memory; compiling and warm-up are told apart.',
      ]),
      h(AdapterLine, { run }),
    ]),
    h('main', null, [
      trouble && h(TroubleNote, { trouble, retry: () => run.start() }),
      h('section', { class: 'panel', 'aria-labelledby': 'measure-title' }, [
        h('h2', { id: 'measure-title' }, 'Measure'),
        h(Form, { run, workload, effortName, effort }),
        h(Status, { run }),
      ]),
      h('section', { class: 'panel', 'aria-labelledby': 'results-title' }, [
        h('h2', { id: 'results-title' }, 'Results'),
        h(ChecksLine, { run }),
        h(ResultTable, { rows: run.rows.value }),
        run.rows.value.length > 0 &&
          h('button', { type: 'button', onClick: () => download(run.report(effort)) }, 'Download as JSON'),
      ]),
      h(PeersView, {
        results: peersRun.results.value,
        phase: peersRun.phase.value,
        ready: run.adapter.value !== undefined && !trouble,
        measure: (subjects, peers, effort) => peersRun.measure(subjects, peers, effort),
        stop: () => peersRun.stop(),
      }),
    ]),
    h('footer', null, h('p', null, 'Nothing leaves this machine: the page may talk only to where it came from.')),
  ]);
}

function AdapterLine({ run }: { run: Run }) {
  const adapter = run.adapter.value;
  if (!adapter) return h('p', { class: 'gpu', role: 'status' }, run.trouble.value ? 'No GPU' : 'Looking for the GPU …');
  const slow = adapter.software ? ' Its numbers say nothing about a GPU.' : '';
  return h('p', { class: `gpu ${adapter.software ? 'software' : 'hardware'}`, role: 'status' }, [
    h('span', { class: 'dot', 'aria-hidden': true }),
    h('span', null, `Measures ${adapter.name}.${slow}`),
  ]);
}

interface FormProps {
  readonly run: Run;
  readonly workload: { value: Workload };
  readonly effortName: { value: string };
  readonly effort: Effort;
}

function Form({ run, workload, effortName, effort }: FormProps) {
  const active = run.current.value !== undefined;
  const ready = run.adapter.value !== undefined && !run.trouble.value;
  const set = (change: Partial<Workload>) => {
    workload.value = { ...workload.value, ...change };
  };
  const { model, mode, batch } = workload.value;
  return h(
    'form',
    {
      class: 'settings',
      onSubmit: (event: Event) => {
        event.preventDefault();
        run.measure([workload.value], effort);
      },
    },
    [
      choice('Network', MODELS, model, active, (value) => {
        const chosen = MODELS.find((candidate) => candidate === value);
        if (chosen) set({ model: chosen });
      }),
      choice('Mode', ['inference', 'training'] satisfies Mode[], mode, active, (value) =>
        set({ mode: value === 'training' ? 'training' : 'inference' }),
      ),
      h('label', null, [
        'Batch',
        h('input', {
          ...{ type: 'number', min: 1, max: 65536, step: 1, required: true, disabled: active },
          value: batch,
          onChange: (event: InputEvent) => set({ batch: Number(event.currentTarget.value) }),
        }),
      ]),
      choice('Time', Object.keys(EFFORTS), effortName.value, active, (value) => {
        effortName.value = value;
      }),
      active
        ? h('button', { type: 'button', class: 'stop', onClick: () => run.stop() }, 'Stop')
        : h('button', { type: 'submit', class: 'primary', disabled: !ready }, 'Measure'),
      !active &&
        h(
          'button',
          { type: 'button', disabled: !ready, onClick: () => run.measure(STANDARD, effort) },
          `Standard set (${STANDARD.length})`,
        ),
    ],
  );
}

function choice(
  label: string,
  values: readonly string[],
  chosen: string,
  disabled: boolean,
  onChoose: (value: string) => void,
) {
  return h('label', null, [
    label,
    h(
      'select',
      { disabled, onChange: (event: InputEvent) => onChoose(event.currentTarget.value) },
      values.map((value) => h('option', { key: value, value, selected: value === chosen }, value)),
    ),
  ]);
}

function Status({ run }: { run: Run }) {
  const current = run.current.value;
  const words = current ? `${workloadName(current.workload).replaceAll(':', ', ')}: ${current.phase} …` : '';
  const count = current && current.repeats > 0 ? ` ${current.repeats + 1}` : '';
  return h('p', { class: 'status' }, [h('span', { role: 'status' }, words), count]);
}

function download(report: object): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(report, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'densenet-webgpu-bench.json';
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
