// The run in numbers and in two charts: loss, and accuracy on the images it learns from and on those it never saw.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { Curve } from './curve.ts';

export function Curves({ page }: { page: Page }) {
  const progress = page.training.progress.value;
  if (!progress) return null;
  const words = text().train;
  const { decimal, percent } = format();
  const now = (value: string | undefined) => (value === undefined ? '' : words.now(value));
  const { points, heldOut, settings, imagesPerSecond } = progress;
  const last = points.at(-1);
  const x = points.map(({ at }) => at);
  const tested = new Map(heldOut.map(({ at, accuracy }) => [at, accuracy]));
  const shared = { x, xMost: settings.epochs };
  const facts: [string, string][] = [
    [words.epoch, words.ofEpochs(Math.min(settings.epochs, Math.floor(last?.at ?? 0) + 1), settings.epochs)],
    [words.loss, last ? decimal(last.loss, 3) : '–'],
    [words.accuracy, last ? percent(last.accuracy) : '–'],
    [words.heldOut, heldOut.length > 0 ? percent(heldOut.at(-1)?.accuracy ?? 0) : '–'],
    [words.rate, last ? decimal(imagesPerSecond, imagesPerSecond < 10 ? 1 : 0) : '–'],
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
        title: words.loss,
        summary: words.lossCurve(settings.epochs) + now(last && decimal(last.loss, 3)),
        lines: [{ label: words.meanSoFar, colour: '--series-1', values: points.map(({ loss }) => loss) }],
        format: (value) => decimal(value, 1),
      }),
      h(Curve, {
        ...shared,
        title: words.accuracy,
        summary: words.accuracyCurve(settings.epochs) + now(last && percent(last.accuracy)),
        lines: [
          { label: words.trainingImages, colour: '--series-1', values: points.map(({ accuracy }) => accuracy) },
          {
            label: words.heldOutImages,
            colour: '--series-2',
            values: x.map((at) => tested.get(at) ?? null),
            dots: true,
          },
        ],
        range: [0, 1],
        format: (value) => percent(value),
      }),
    ]),
    h('p', { class: 'hint' }, words.across),
  ]);
}
