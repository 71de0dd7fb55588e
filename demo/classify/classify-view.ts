// Classify: a picture with its heat map, the five likeliest classes, samples to choose from, and a place to drop files.

import { signal } from '@preact/signals';
import { h } from 'preact';
import type { TrainingRecord } from '../engine/protocol.ts';
import type { Page, UsedNetwork } from '../page.ts';
import { format, text } from '../text/text.ts';
import { TroubleNote } from '../trouble/trouble-note.ts';
import { ClassBars } from './class-bars.ts';
import { HeatFigure } from './heat-figure.ts';
import { invert } from './picture.ts';
import { SampleStrip } from './sample-strip.ts';

const dragging = signal(false);

export function ClassifyView({ page }: { page: Page }) {
  const words = text().classify;
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
      h('h2', { id: 'classify-title' }, words.title),
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
          words.choose,
        ]),
        h('span', { class: 'hint' }, words.drop),
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
  const words = text().classify;
  const { duration } = format();
  return h('div', { class: 'facts' }, [
    picture.original &&
      h('label', { class: 'check' }, [
        h('input', {
          type: 'checkbox',
          checked: picture.inverted,
          onChange: () => page.classify(invert(picture)),
        }),
        words.swap,
      ]),
    h('p', { class: 'hint' }, words.times(duration(logits), duration(maps))),
  ]);
}

function NetworkLine({ page, network }: { page: Page; network: UsedNetwork }) {
  const { source, loaded } = network;
  const words = text().network;
  const shape = words.shape(format().count(loaded.parameters), loaded.layers.join(', '), loaded.growthRate);
  const learned = loaded.training ? ` ${sentence(loaded.training)}` : '';
  return h('div', { class: 'network' }, [
    h('p', null, [h('strong', null, source === 'bundled' ? words.bundled : words.own), ` ${shape}${learned}`]),
    source !== 'bundled' && h('button', { type: 'button', onClick: () => page.useBundled() }, words.back),
  ]);
}

function sentence({ images, epochs, interrupted, heldOut }: TrainingRecord): string {
  const { learned, learnedUntilStopped } = text().network;
  const { count, percent } = format();
  const right = percent(heldOut, 1);
  return interrupted ? learnedUntilStopped(count(images), right) : learned(count(images), epochs, right);
}
