// The run in numbers and in four charts: loss, accuracy, learning rate, images a second.

import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { Curve } from './curve.tsx';

export function Curves({ page }: { page: Page }) {
  const progress = page.training.progress.value;
  if (!progress) return null;
  const strings = text().train;
  const { decimal, percent, count } = format();
  const now = (value: string | undefined) => (value === undefined ? '' : strings.now(value));
  const { points, epochs } = progress;
  const last = points.at(-1);
  const validation = points.findLast((point) => point.validation)?.validation;
  const shared = { x: points.map(({ at }) => at), xMost: epochs };
  const speed = (value: number) => decimal(value, value < 10 ? 1 : 0);
  const facts: [string, string][] = [
    [strings.epoch, strings.ofEpochs(Math.min(epochs, Math.floor(last?.at ?? 0) + 1), epochs)],
    [strings.loss, last ? decimal(last.loss, 3) : '–'],
    [strings.accuracy, last ? percent(last.accuracy) : '–'],
    [strings.validation, validation ? percent(validation.accuracy) : '–'],
    [strings.rate, last ? speed(last.imagesPerSecond) : '–'],
  ];
  return (
    <div>
      <dl class="numbers">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="curves">
        <Curve
          {...shared}
          title={strings.loss}
          summary={strings.lossCurve(epochs) + now(last && decimal(last.loss, 3))}
          lines={[
            { label: strings.meanSoFar, colour: '--series-1', values: points.map(({ loss }) => loss) },
            {
              label: strings.validationImages,
              colour: '--series-2',
              dots: true,
              values: points.map((point) => point.validation?.loss ?? null),
            },
          ]}
          format={(value) => decimal(value, 1)}
        />
        <Curve
          {...shared}
          title={strings.accuracy}
          summary={strings.accuracyCurve(epochs) + now(last && percent(last.accuracy))}
          lines={[
            { label: strings.trainingImages, colour: '--series-1', values: points.map(({ accuracy }) => accuracy) },
            {
              label: strings.validationImages,
              colour: '--series-2',
              dots: true,
              values: points.map((point) => point.validation?.accuracy ?? null),
            },
          ]}
          range={[0, 1]}
          format={(value) => percent(value)}
        />
        <Curve
          {...shared}
          title={strings.fields.learningRate.label}
          summary={strings.rateCurve(epochs) + now(last && decimal(last.learningRate, 4))}
          lines={[
            {
              label: strings.fields.learningRate.label,
              colour: '--series-3',
              values: points.map(({ learningRate }) => learningRate),
            },
          ]}
          format={(value) => (value === 0 ? count(0) : decimal(value, value < 0.01 ? 4 : value < 0.1 ? 3 : 2))}
        />
        <Curve
          {...shared}
          title={strings.rate}
          summary={strings.speedCurve(epochs) + now(last && speed(last.imagesPerSecond))}
          lines={[
            {
              label: strings.meanSoFar,
              colour: '--series-4',
              values: points.map(({ imagesPerSecond }) => imagesPerSecond),
            },
          ]}
          format={speed}
        />
      </div>
      <p class="hint">{strings.across}</p>
    </div>
  );
}
