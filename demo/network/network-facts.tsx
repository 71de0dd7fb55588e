// What a network is, in a few rows; and, folded away, what was recognised in its file and what was assumed.

import type { ImportReport } from '../../src/densenet/weights/report.ts';
import type { LoadedNetwork } from '../contract.ts';
import { className, format, text } from '../text/text.ts';

/** Names that are listed before the rest is counted. */
const SHOWN_NAMES = 12;

/** Rows of a name and what it is. */
export type FactRows = readonly (readonly [name: string, value: string])[];

export function factsOf(loaded: LoadedNetwork): FactRows {
  const strings = text().weights;
  const { count } = format();
  const { report, layers, growthRate, channels, height, width, classNames } = loaded;
  const shape = strings.shape(layers.join(', '), growthRate);
  const parameters = `${count(loaded.parameters)} ${text().about.card.parameters.toLocaleLowerCase()}`;
  return [
    [strings.facts.architecture, `${report.model ?? strings.preset.none}: ${shape}; ${parameters}`],
    [strings.facts.input, strings.input(height, width, channels)],
    [strings.facts.prepared, preparation(loaded)],
    [strings.facts.classes, `${strings.classCount(count(classNames.length))} ${someNames(classNames.map(className))}`],
    [strings.facts.answer, loaded.multiLabel ? strings.manyLabels : strings.oneLabel],
  ];
}

export const Facts = ({ rows }: { rows: FactRows }) => (
  <dl class="card">
    {rows.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

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

/** What was recognised and assumed, a sentence each. */
export function reportLines(report: ImportReport): readonly { readonly line: string; readonly isWarning?: boolean }[] {
  const strings = text().weights;
  const sources = ['inputSize', 'preprocessing', 'classNames', 'multiLabel'] as const;
  const optional = (isThere: boolean, line: () => string, isWarning = false) =>
    isThere ? [{ line: line(), isWarning }] : [];
  return [
    { line: `${strings.names[report.scheme]}${report.prefix && `; ${strings.prefix(report.prefix)}`}` },
    ...optional(report.format !== 'safetensors', () => source(report)),
    ...optional(report.passedOver.length > 0, () => strings.passedOver(someNames(report.passedOver))),
    { line: classifier(report) },
    ...report.converted.map(({ dtype, tensors }) => ({ line: strings.converted(format().count(tensors), dtype) })),
    ...optional(report.thresholds !== null, () => strings.thresholds(report.thresholds ?? '')),
    ...optional(report.unused.length > 0, () => strings.unused(someNames(report.unused))),
    ...optional(report.ignored.length > 0, () => strings.ignored(someNames(report.ignored)), true),
    ...optional(report.overridden.length > 0, () =>
      strings.overridden(report.overridden.map((what) => strings.override[what]).join(', ')),
    ),
    ...sources.map((what) => ({ line: `${strings.sources[what]}: ${strings.from[report.sources[what]]}` })),
  ];
}

export const ReportLines = ({ report }: { report: ImportReport }) => (
  <ul>
    {reportLines(report).map(({ line, isWarning }) => (
      <li key={line} class={isWarning ? 'warn' : ''}>
        {line}
      </li>
    ))}
  </ul>
);

export const NetworkReport = ({ report }: { report: ImportReport }) => (
  <details class="report">
    <summary>{text().weights.report}</summary>
    <ReportLines report={report} />
  </details>
);

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
