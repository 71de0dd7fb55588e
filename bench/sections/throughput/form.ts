// What is to be measured: one workload by its parts, or a set; and how long.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { PRECISIONS } from '../../../src/densenet/plan/precision.ts';
import { choice } from '../../page/choice.ts';
import type { Run } from '../../page/state.ts';
import { tick } from '../../page/tick.ts';
import { type SamplingOptions, FULL_SAMPLING } from '../../sampling.ts';
import { LARGEST_BATCH, MODELS, MODES, recomputes, SETS, type Workload } from '../../workloads.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

const TIMES: Readonly<Record<string, SamplingOptions>> = {
  'up to 5 seconds each': { ...FULL_SAMPLING, seconds: 5 },
  'up to 30 seconds each': FULL_SAMPLING,
  'up to 5 minutes each': { ...FULL_SAMPLING, seconds: 300 },
};

const FIRST: Workload = { model: 'bc-100-12', mode: 'inference', batch: 1, recompute: false, precision: 'f32' };

export function MeasureForm({ run }: { run: Run }) {
  const workload = useSignal(FIRST);
  const batch = useSignal(1);
  const timeName = useSignal('up to 30 seconds each');
  const effort = TIMES[timeName.value] ?? FULL_SAMPLING;
  const active = run.current.value !== undefined;
  const ready = run.adapter.value !== undefined && !run.trouble.value && !run.busy.value;
  const { model, mode, recompute, precision } = workload.value;
  const largest = workload.value.batch === 'largest';
  const canRecompute = recomputes(model, mode);
  const set = (change: Partial<Workload>) => {
    const next = { ...workload.value, ...change };
    workload.value = { ...next, recompute: next.recompute && recomputes(next.model, next.mode) };
  };
  const submit = (event: Event) => {
    event.preventDefault();
    run.measure([workload.value], effort);
  };
  return h('form', { class: 'settings', onSubmit: submit }, [
    choice('Network', MODELS, model, active, (value) => set({ model: value })),
    choice('Mode', MODES, mode, active, (value) => set({ mode: value })),
    h('label', null, [
      'Batch',
      h('input', {
        ...{ type: 'number', min: 1, max: LARGEST_BATCH, step: 1, required: !largest, disabled: active || largest },
        value: batch.value,
        onInput: (event: InputEvent) => {
          batch.value = Number(event.currentTarget.value);
          set({ batch: batch.value });
        },
      }),
    ]),
    tick('Largest batch', largest, active, (on) => set({ batch: on ? 'largest' : batch.value })),
    tick('Recompute', recompute, active || !canRecompute, (on) => set({ recompute: on })),
    choice('Precision', PRECISIONS, precision, active, (value) => set({ precision: value })),
    choice('Time', Object.keys(TIMES), timeName.value, active, (value) => {
      timeName.value = value;
    }),
    h('div', { class: 'row' }, [
      active
        ? h('button', { type: 'button', class: 'stop', onClick: () => run.stop() }, 'Stop')
        : h('button', { type: 'submit', class: 'primary', disabled: !ready }, 'Measure'),
      !active &&
        Object.entries(SETS).map(([name, set]) =>
          h(
            'button',
            { key: name, type: 'button', disabled: !ready, onClick: () => run.measure(set, effort) },
            `${name === 'short' ? 'Short' : 'Standard'} set (${set.length})`,
          ),
        ),
    ]),
  ]);
}
