// The run in numbers and in four charts: loss, accuracy, learning rate, images a second.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { Curve } from './curve.ts';

export function Curves({ page }: { page: Page }) {
  const progress = page.training.progress.value;
  if (!progress) return null;
  const words = text().train;
  const { decimal, percent, count } = format();
  const now = (value: string | undefined) => (value === undefined ? '' : words.now(value));
  const { points, epochs } = progress;
  const last = points.at(-1);
  const validation = points.findLast((point) => point.validation)?.validation;
  const shared = { x: points.map(({ at }) => at), xMost: epochs };
  const speed = (value: number) => decimal(value, value < 10 ? 1 : 0);
  const facts: [string, string][] = [
    [words.epoch, words.ofEpochs(Math.min(epochs, Math.floor(last?.at ?? 0) + 1), epochs)],
    [words.loss, last ? decimal(last.loss, 3) : '–'],
    [words.accuracy, last ? percent(last.accuracy) : '–'],
    [words.validation, validation ? percent(validation.accuracy) : '–'],
    [words.rate, last ? speed(last.imagesPerSecond) : '–'],
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
        summary: words.lossCurve(epochs) + now(last && decimal(last.loss, 3)),
        lines: [
          { label: words.meanSoFar, colour: '--series-1', values: points.map(({ loss }) => loss) },
          {
            label: words.validationImages,
            colour: '--series-2',
            dots: true,
            values: points.map((point) => point.validation?.loss ?? null),
          },
        ],
        format: (value) => decimal(value, 1),
      }),
      h(Curve, {
        ...shared,
        title: words.accuracy,
        summary: words.accuracyCurve(epochs) + now(last && percent(last.accuracy)),
        lines: [
          { label: words.trainingImages, colour: '--series-1', values: points.map(({ accuracy }) => accuracy) },
          {
            label: words.validationImages,
            colour: '--series-2',
            dots: true,
            values: points.map((point) => point.validation?.accuracy ?? null),
          },
        ],
        range: [0, 1],
        format: (value) => percent(value),
      }),
      h(Curve, {
        ...shared,
        title: words.fields.learningRate.label,
        summary: words.rateCurve(epochs) + now(last && decimal(last.learningRate, 4)),
        lines: [
          {
            label: words.fields.learningRate.label,
            colour: '--series-3',
            values: points.map(({ learningRate }) => learningRate),
          },
        ],
        format: (value) => (value === 0 ? count(0) : decimal(value, value < 0.01 ? 4 : value < 0.1 ? 3 : 2)),
      }),
      h(Curve, {
        ...shared,
        title: words.rate,
        summary: words.speedCurve(epochs) + now(last && speed(last.imagesPerSecond)),
        lines: [
          {
            label: words.meanSoFar,
            colour: '--series-4',
            values: points.map(({ imagesPerSecond }) => imagesPerSecond),
          },
        ],
        format: speed,
      }),
    ]),
    h('p', { class: 'hint' }, words.across),
  ]);
}
