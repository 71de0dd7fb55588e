// What a network is, in a few rows; and, folded away, what was recognised in its file and what was assumed.

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
  return (
    <dl class="card">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
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
  return (
    <details class="report">
      <summary>{strings.report}</summary>
      <ul>
        <li>{`${strings.names[report.scheme]}${report.prefix && `; ${strings.prefix(report.prefix)}`}`}</li>
        {report.format !== 'safetensors' && <li>{source(report)}</li>}
        {report.passedOver.length > 0 && <li>{strings.passedOver(someNames(report.passedOver))}</li>}
        <li>{classifier(report)}</li>
        {report.converted.map(({ dtype, tensors }) => (
          <li key={dtype}>{strings.converted(format().count(tensors), dtype)}</li>
        ))}
        {report.thresholds !== null && <li>{strings.thresholds(report.thresholds)}</li>}
        {report.unused.length > 0 && <li>{strings.unused(someNames(report.unused))}</li>}
        {report.ignored.length > 0 && <li class="warn">{strings.ignored(someNames(report.ignored))}</li>}
        {report.overridden.length > 0 && (
          <li>{strings.overridden(report.overridden.map((what) => strings.override[what]).join(', '))}</li>
        )}
        {sources.map((what) => (
          <li key={what}>{`${strings.sources[what]}: ${strings.from[report.sources[what]]}`}</li>
        ))}
      </ul>
    </details>
  );
}

function source({ format, isModule, path }: ImportReport): string {
  const strings = text().weights;
  if (format === 'onnx') return strings.onnx;
  const what = isModule ? strings.pytorchModule : strings.pytorch;
  return path === '' ? what : `${what} (${path})`;
}

function classifier(report: ImportReport): string {
  const strings = text().weights;
  if (report.classifier === null) return strings.newClassifier;
  return `${strings.classifier(report.classifier)}${report.bias ? '' : `; ${strings.noBias}`}`;
}
