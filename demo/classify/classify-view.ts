// Classify: a picture with its heat map, the five likeliest classes, samples to choose from, and a place to drop files.

import { signal } from '@preact/signals';
import { h } from 'preact';
import type { TrainingRecord } from '../engine/protocol.ts';
import type { Page, UsedNetwork } from '../page.ts';
import { TroubleNote } from '../trouble/trouble-note.ts';
import { ClassBars } from './class-bars.ts';
import { HeatFigure } from './heat-figure.ts';
import { invert } from './picture.ts';
import { SampleStrip } from './sample-strip.ts';

const dragging = signal(false);

export function ClassifyView({ page }: { page: Page }) {
  const shown = page.shown.value;
  const network = page.network.value;
  const trouble = page.pictureTrouble.value;
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file) page.classifyFile(file);
  };
  return h(
    'section',
    {
      class: `panel classify ${dragging.value ? 'dragging' : ''}`,
      'aria-labelledby': 'classify-title',
      'aria-busy': page.busy.value,
      onDragOver: (event: DragEvent) => {
        event.preventDefault();
        dragging.value = true;
      },
      onDragLeave: () => {
        dragging.value = false;
      },
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        dragging.value = false;
        take(event.dataTransfer?.files);
      },
    },
    [
      h('h2', { id: 'classify-title' }, 'Classify'),
      h('div', { class: 'result' }, [
        h(HeatFigure, { shown }),
        h('div', { class: 'answer' }, [h(ClassBars, { page, shown, network }), shown && h(Facts, { page })]),
      ]),
      h(SampleStrip, { page }),
      h('div', { class: 'row' }, [
        h('label', { class: 'button' }, [
          h('input', {
            type: 'file',
            accept: 'image/*',
            class: 'visually-hidden',
            disabled: !network,
            onChange: (event: Event & { currentTarget: HTMLInputElement }) => {
              take(event.currentTarget.files);
              event.currentTarget.value = '';
            },
          }),
          'Choose an image …',
        ]),
        h('span', { class: 'hint' }, 'or drop one anywhere on this panel: one piece of clothing on a plain ground.'),
      ]),
      trouble && h(TroubleNote, { trouble }),
      network && h(NetworkLine, { page, network }),
    ],
  );
}

function Facts({ page }: { page: Page }) {
  const shown = page.shown.value;
  if (!shown?.result) return null;
  const { picture, result } = shown;
  const { logits, maps } = result.milliseconds;
  const time = (ms: number) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));
  return h('div', { class: 'facts' }, [
    picture.original &&
      h('label', { class: 'check' }, [
        h('input', {
          type: 'checkbox',
          checked: picture.inverted,
          onChange: () => page.classify(invert(picture)),
        }),
        'Swap light and dark (the network knows light things on black)',
      ]),
    h('p', { class: 'hint' }, `Prediction ${time(logits)} ms, reading the maps ${time(maps)} ms.`),
  ]);
}

function NetworkLine({ page, network }: { page: Page; network: UsedNetwork }) {
  const { source, loaded } = network;
  const { training } = loaded;
  const counted = `${loaded.parameters.toLocaleString('en')} parameters, blocks of ${loaded.layers.join(', ')} layers, growth rate ${loaded.growthRate}`;
  const learned = training ? ` ${sentence(training)}` : '';
  return h('div', { class: 'network' }, [
    h('p', null, [
      h('strong', null, source === 'bundled' ? 'The bundled network: ' : 'Your network: '),
      `${counted}.${learned}`,
    ]),
    source !== 'bundled' &&
      h('button', { type: 'button', onClick: () => page.useBundled() }, 'Back to the bundled network'),
  ]);
}

function sentence({ images, epochs, interrupted, heldOut }: TrainingRecord): string {
  const how = interrupted ? 'until it was stopped' : `in ${epochs} epochs`;
  const right = (100 * heldOut).toFixed(1);
  return `It learned from ${images.toLocaleString('en')} images ${how} and is right on ${right}% of images it never saw.`;
}
