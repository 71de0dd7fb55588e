// Train: a fresh network on the sample, with live curves, a stop button, and the result to use or to keep.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { TroubleNote } from '../trouble/trouble-note.ts';
import { Curves } from './curves.ts';
import { defaultSettings, IMAGE_COUNTS, type Settings, type TrainingState } from './training.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

export function TrainView({ page }: { page: Page }) {
  const words = text().train;
  const { state } = page.training;
  const { kind } = state.value;
  const changed = useSignal<Partial<Settings>>({});
  const software = page.network.value?.loaded.adapter.software ?? true;
  const settings = { ...defaultSettings(software), ...changed.value };
  const active = kind === 'preparing' || kind === 'running';
  const set = (change: Partial<Settings>) => {
    changed.value = { ...changed.peek(), ...change };
  };
  return h('section', { class: 'panel train', 'aria-labelledby': 'train-title' }, [
    h('h2', { id: 'train-title' }, words.title),
    h('p', null, words.lead),
    h(
      'form',
      {
        class: 'settings',
        onSubmit: (event: Event) => {
          event.preventDefault();
          page.training.run(settings);
        },
      },
      [
        h('label', null, [
          words.images,
          h(
            'select',
            { disabled: active, onChange: (event: InputEvent) => set({ images: Number(event.currentTarget.value) }) },
            IMAGE_COUNTS.map((n) => h('option', { value: n, selected: n === settings.images }, format().count(n))),
          ),
        ]),
        h('label', null, [
          words.epochs,
          h('input', {
            ...{ type: 'number', min: 1, max: 100, step: 1, required: true, disabled: active },
            value: settings.epochs,
            onChange: (event: InputEvent) => set({ epochs: Number(event.currentTarget.value) }),
          }),
        ]),
        h('label', null, [
          words.learningRate,
          h('input', {
            ...{ type: 'number', min: 0.001, max: 10, step: 'any', required: true, disabled: active },
            value: settings.learningRate,
            onChange: (event: InputEvent) => set({ learningRate: Number(event.currentTarget.value) }),
          }),
        ]),
        active
          ? h('button', { type: 'button', class: 'stop', onClick: () => page.training.stop() }, words.stop)
          : h('button', { type: 'submit', class: 'primary', disabled: !page.network.value }, words.start),
      ],
    ),
    h(Status, { page }),
    h(Curves, { page }),
    h(Outcome, { page }),
  ]);
}

function Status({ page }: { page: Page }) {
  const state = page.training.state.value;
  const progress = page.training.progress.value;
  if (state.kind === 'failed') return h(TroubleNote, { trouble: state.trouble });
  const last = progress?.points.at(-1);
  const words = text().train;
  return h('div', null, [
    h('p', { class: 'status', role: 'status' }, said(state)),
    progress &&
      h('progress', {
        'aria-label': words.progress,
        max: progress.settings.epochs,
        ...(last || state.kind !== 'preparing' ? { value: last?.at ?? 0 } : {}),
      }),
  ]);
}

function said(state: TrainingState): string {
  const words = text().train;
  switch (state.kind) {
    case 'preparing':
      return words.preparing[state.what];
    case 'running':
      return state.stopping ? words.stopping : words.running;
    case 'done':
      return state.trained.report.interrupted ? words.stopped : words.done;
    default:
      return '';
  }
}

function Outcome({ page }: { page: Page }) {
  const state = page.training.state.value;
  if (state.kind !== 'done') return null;
  const { report, checkpoint } = state.trained;
  const words = text().train;
  const { count, duration, percent } = format();
  const right = report.heldOut === null ? '' : ` ${words.heldOutRight(percent(report.heldOut, 1))}`;
  const name = 'densenet-fashion-mnist.safetensors';
  return h('div', { class: 'outcome' }, [
    h('p', null, words.updates(count(report.updates), duration(1000 * report.seconds)) + right),
    h('div', { class: 'row' }, [
      h('button', { type: 'button', onClick: () => page.use(name, checkpoint) }, words.use),
      h('button', { type: 'button', onClick: () => download(name, checkpoint) }, words.download),
    ]),
  ]);
}

function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
