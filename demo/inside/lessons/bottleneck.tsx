// Lesson 2: a 1x1 convolution at one pixel, and what it saves in the chosen layer of the network.

import { useSignal } from '@preact/signals';
import { format, text } from '../../text/text.ts';
import type { InsideLayer } from '../../worker/inside.ts';
import { type Grid, product } from './arithmetic.ts';
import { cellText, NumberGrid } from './number-grid.tsx';

export function BottleneckLesson({ layer }: { layer: InsideLayer | undefined }) {
  const strings = text().inside.lessons;
  const pixel = useSignal<Grid>([[3], [1], [4], [2]]);
  const weights = useSignal<Grid>([
    [1, 0, 0.5, -1],
    [0.5, 2, -1, 0],
  ]);
  const values = pixel.value.map(([value = 0]) => value);
  const made = product(weights.value, values);
  const signed = (value: number) => (value < 0 ? `(${cellText(value)})` : cellText(value));
  const written = weights.value.map(
    (row, i) =>
      `${row.map((w, j) => `${signed(w)} × ${signed(values[j] ?? 0)}`).join(' + ')} = ${cellText(made[i] ?? 0)}`,
  );
  return (
    <article class="panel lesson" aria-labelledby="lesson-bottleneck">
      <h3 id="lesson-bottleneck">{strings.bottleneckTitle}</h3>
      <p>{strings.bottleneckLead}</p>
      <div class="grids">
        <NumberGrid
          name={strings.weights}
          grid={weights.value}
          step={0.5}
          change={(grid) => {
            weights.value = grid;
          }}
        />
        <NumberGrid
          name={strings.pixel}
          grid={pixel.value}
          change={(grid) => {
            pixel.value = grid;
          }}
        />
        <NumberGrid name={strings.result} grid={made.map((value) => [value])} />
      </div>
      <ul class="sums">
        {written.map((line, i) => (
          <li key={i}>{line}</li>
        ))}
      </ul>
      <p>{why(layer)}</p>
    </article>
  );
}

/** What the bottleneck of the chosen layer saves, in weights. */
function why(layer: InsideLayer | undefined): string {
  const strings = text().inside.lessons;
  const { count } = format();
  if (!layer || layer.bottleneckOutput === null) return strings.bottleneckNone;
  const { inputs, bottleneckOutput, growthRate } = layer;
  const direct = 9 * inputs * growthRate;
  const through = inputs * bottleneckOutput + 9 * bottleneckOutput * growthRate;
  const say = through < direct ? strings.bottleneckWhy : strings.bottleneckNotYet;
  return say(count(inputs), count(bottleneckOutput), count(growthRate), count(direct), count(through));
}
