// Train: a fresh network on the sample, with live curves, a stop button, and the result to use or to keep.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Page } from '../page.ts';
import { TroubleNote } from '../trouble/trouble-note.ts';
import { Curves } from './curves.ts';
import { defaultSettings, IMAGE_COUNTS, type Settings } from './training.ts';

type InputEvent = Event & { currentTarget: HTMLInputElement | HTMLSelectElement };

export function TrainView({ page }: { page: Page }) {
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
    h('h2', { id: 'train-title' }, 'Train'),
    h('p', null, [
      'A fresh network of the same shape, its weights drawn at random, learns from the sample: forward, backward and ',
      'update, all on your GPU.',
    ]),
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
          'Images',
          h(
            'select',
            { disabled: active, onChange: (event: InputEvent) => set({ images: Number(event.currentTarget.value) }) },
            IMAGE_COUNTS.map((n) => h('option', { value: n, selected: n === settings.images }, n.toLocaleString('en'))),
          ),
        ]),
        h('label', null, [
          'Epochs',
          h('input', {
            ...{ type: 'number', min: 1, max: 100, step: 1, required: true, disabled: active },
            value: settings.epochs,
            onChange: (event: InputEvent) => set({ epochs: Number(event.currentTarget.value) }),
          }),
        ]),
        h('label', null, [
          'Learning rate',
          h('input', {
            ...{ type: 'number', min: 0.001, max: 10, step: 'any', required: true, disabled: active },
            value: settings.learningRate,
            onChange: (event: InputEvent) => set({ learningRate: Number(event.currentTarget.value) }),
          }),
        ]),
        active
          ? h('button', { type: 'button', class: 'stop', onClick: () => page.training.stop() }, 'Stop')
          : h('button', { type: 'submit', class: 'primary', disabled: !page.network.value }, 'Start training'),
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
  const words = {
    idle: '',
    preparing: state.kind === 'preparing' ? `${state.what} …` : '',
    running: state.kind === 'running' && state.stopping ? 'Stopping after this step …' : 'Training …',
    done:
      state.kind === 'done' && state.trained.report.interrupted ? 'Stopped. What it learned so far is kept.' : 'Done.',
  }[state.kind];
  return h('div', null, [
    h('p', { class: 'status', role: 'status' }, words),
    progress &&
      h('progress', {
        'aria-label': 'Training progress',
        max: progress.settings.epochs,
        ...(last || state.kind !== 'preparing' ? { value: last?.at ?? 0 } : {}),
      }),
  ]);
}

function Outcome({ page }: { page: Page }) {
  const state = page.training.state.value;
  if (state.kind !== 'done') return null;
  const { report, checkpoint } = state.trained;
  const right =
    report.heldOut === null ? '' : ` It is right on ${(100 * report.heldOut).toFixed(1)}% of images it never saw.`;
  const name = 'densenet-fashion-mnist.safetensors';
  return h('div', { class: 'outcome' }, [
    h('p', null, `${report.updates.toLocaleString('en')} updates in ${report.seconds.toFixed(0)} s.${right}`),
    h('div', { class: 'row' }, [
      h('button', { type: 'button', onClick: () => page.use('trained here', name, checkpoint) }, 'Classify with it'),
      h('button', { type: 'button', onClick: () => download(name, checkpoint) }, 'Download it (safetensors)'),
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
