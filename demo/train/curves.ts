// The run in numbers and in two charts: loss, and accuracy on the images it learns from and on those it never saw.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { Curve } from './curve.ts';

const percent = (share: number) => `${(100 * share).toFixed(0)}%`;

export function Curves({ page }: { page: Page }) {
  const progress = page.training.progress.value;
  if (!progress) return null;
  const { points, heldOut, settings, imagesPerSecond } = progress;
  const last = points.at(-1);
  const x = points.map(({ at }) => at);
  const tested = new Map(heldOut.map(({ at, accuracy }) => [at, accuracy]));
  const shared = { x, xMost: settings.epochs };
  const facts: [string, string][] = [
    ['Epoch', `${Math.min(settings.epochs, Math.floor(last?.at ?? 0) + 1)} of ${settings.epochs}`],
    ['Loss', last ? last.loss.toFixed(3) : '–'],
    ['Accuracy', last ? percent(last.accuracy) : '–'],
    ['Held out', heldOut.length > 0 ? percent(heldOut.at(-1)?.accuracy ?? 0) : '–'],
    ['Images/s', last ? imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0) : '–'],
  ];
  return h('div', null, [
    h(
      'dl',
      { class: 'numbers' },
      facts.map(([name, value]) => h('div', { key: name }, [h('dt', null, name), h('dd', null, value)])),
    ),
    h('div', { class: 'curves' }, [
      h(Curve, {
        ...shared,
        title: 'Loss',
        summary: `Loss over ${settings.epochs} epochs${last ? `, now ${last.loss.toFixed(3)}` : ''}`,
        lines: [{ label: 'mean of the epoch so far', colour: '--series-1', values: points.map(({ loss }) => loss) }],
        format: (value) => value.toFixed(1),
      }),
      h(Curve, {
        ...shared,
        title: 'Accuracy',
        summary: `Accuracy over ${settings.epochs} epochs${last ? `, now ${percent(last.accuracy)}` : ''}`,
        lines: [
          { label: 'training images', colour: '--series-1', values: points.map(({ accuracy }) => accuracy) },
          { label: 'held out', colour: '--series-2', values: x.map((at) => tested.get(at) ?? null), dots: true },
        ],
        range: [0, 1],
        format: percent,
      }),
    ]),
    h('p', { class: 'hint' }, 'Across: epochs. Held out: test images that it does not learn from.'),
  ]);
}
