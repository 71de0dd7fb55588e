// What a network is, in a few rows; and, folded away, what was recognised in its file and what was assumed.

import { h } from 'preact';
import type { ImportReport } from '../../src/densenet/weights/report.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';

/** Names that are listed before the rest is counted. */
const SHOWN_NAMES = 12;

export function NetworkFacts({ loaded }: { page: Page; loaded: LoadedNetwork }) {
  const strings = text().weights;
  const { count } = format();
  const { report, layers, growthRate, channels, height, width, classNames } = loaded;
  const shape = strings.shape(layers.join(', '), growthRate);
  const parameters = `${count(loaded.parameters)} ${text().about.card.parameters.toLocaleLowerCase()}`;
  const rows: readonly (readonly [string, string])[] = [
    [strings.facts.architecture, `${report.model ?? strings.preset.none}: ${shape}; ${parameters}`],
    [strings.facts.input, strings.input(height, width, channels)],
    [strings.facts.prepared, preparation(loaded)],
    [strings.facts.classes, `${strings.classCount(count(classNames.length))} ${someNames(classNames.map(className))}`],
    [strings.facts.answer, loaded.multiLabel ? strings.manyLabels : strings.oneLabel],
  ];
  return h(
    'dl',
    { class: 'card' },
    rows.map(([name, value]) => h('div', { key: name }, [h('dt', null, name), h('dd', null, value)])),
  );
}

function preparation({ preprocessing }: LoadedNetwork): string {
  const strings = text().weights;
  const { fit = 'crop', resize, interpolation = 'bilinear', mean, std } = preprocessing;
  const { count, decimal } = format();
  const sides = typeof resize === 'number' ? { height: resize, width: resize } : (resize ?? preprocessing);
  const side = count(Math.min(sides.height, sides.width));
  const both = sides.height === sides.width ? side : `${count(sides.width)} × ${count(sides.height)}`;
  const { crop, cover, square, squash, border, none } = strings.fits;
  const cropped = resize === undefined || typeof resize === 'object' ? cover : crop(side);
  const fitted = { crop: cropped, square, squash: squash(both), border: border(both), none }[fit];
  const numbers = (values: readonly number[]) => {
    const shown = values.map((value) => decimal(value, value !== 0 && Math.abs(value) < 0.01 ? 5 : 3));
    return shown.length > 1 ? `(${shown.join(' ')})` : shown.join('');
  };
  return `${fitted} (${interpolation}); ${strings.range(numbers(mean), numbers(std))}`;
}

export function someNames(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES;
  const shown = names.slice(0, SHOWN_NAMES).join(', ');
  return rest > 0 ? `${shown} ${text().weights.more(format().count(rest))}` : shown;
}

export function NetworkReport({ report }: { report: ImportReport }) {
  const strings = text().weights;
  const sources = ['inputSize', 'preprocessing', 'classNames', 'multiLabel'] as const;
  return h('details', { class: 'report' }, [
    h('summary', null, strings.report),
    h('ul', null, [
      h('li', null, `${strings.names[report.scheme]}${report.prefix && `; ${strings.prefix(report.prefix)}`}`),
      report.format !== 'safetensors' && h('li', null, source(report)),
      report.passedOver.length > 0 && h('li', null, strings.passedOver(someNames(report.passedOver))),
      h('li', null, classifier(report)),
      ...report.converted.map(({ dtype, tensors }) =>
        h('li', { key: dtype }, strings.converted(format().count(tensors), dtype)),
      ),
      report.thresholds !== null && h('li', null, strings.thresholds(report.thresholds)),
      report.unused.length > 0 && h('li', null, strings.unused(someNames(report.unused))),
      report.ignored.length > 0 && h('li', { class: 'warn' }, strings.ignored(someNames(report.ignored))),
      report.overridden.length > 0 &&
        h('li', null, strings.overridden(report.overridden.map((what) => strings.override[what]).join(', '))),
      ...sources.map((what) =>
        h('li', { key: what }, `${strings.sources[what]}: ${strings.from[report.sources[what]]}`),
      ),
    ]),
  ]);
}

function source({ format, isModule, path }: ImportReport): string {
  const strings = text().weights;
  if (format === 'onnx') return strings.onnx;
  if (format === 'keras-h5' || format === 'keras-zip') return strings.keras;
  if (format === 'tfjs') return strings.tfjs;
  const what = isModule ? strings.pytorchModule : strings.pytorch;
  return path === '' ? what : `${what} (${path})`;
}

function classifier(report: ImportReport): string {
  const strings = text().weights;
  if (report.classifier === null) return strings.newClassifier;
  return `${strings.classifier(report.classifier)}${report.bias ? '' : `; ${strings.noBias}`}`;
}
