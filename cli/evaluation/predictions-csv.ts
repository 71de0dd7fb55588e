// What a network says of each image of a data set, beside what the image is, as CSV: one row per image, probabilities by class.
import { csvFormatRows } from 'd3-dsv';
import { concatBytes } from '../../src/data/bytes.ts';
import { imageLosses } from '../../src/metrics/log-loss.ts';
import { probabilitiesOf } from '../../src/metrics/probabilities.ts';

export interface PredictionRows {
  /** [count][classes] */
  readonly logits: Float32Array;
  readonly labels: Int32Array | Float32Array;
  readonly classNames: readonly string[];
  readonly temperature: number;
  /** Of several labels. */
  readonly thresholds: readonly number[];
  readonly imageName: (image: number) => string;
}

/** Rows that are made into text at a time. */
const CHUNK = 1000;

/**
 * One class per image: `image`, `label`, `class` (the predicted one), `probability` (of that one), `loss`, and one column per class
 * with its probability. Several labels: `image`, `loss`, and per label `NAME` (its probability), `NAME label` (0, 1 or empty) and
 * `NAME present` (0 or 1, at its threshold).
 */
export function predictionsCsv(rows: PredictionRows): Uint8Array<ArrayBuffer> {
  const { logits, labels, classNames, temperature } = rows;
  const classes = classNames.length;
  const losses = imageLosses(logits, labels, classes, temperature);
  const single = labels instanceof Int32Array;
  const heading = single
    ? ['image', 'label', 'class', 'probability', 'loss', ...classNames]
    : ['image', 'loss', ...classNames.flatMap((name) => [name, `${name} label`, `${name} present`])];
  const encoder = new TextEncoder();
  const parts = [encoder.encode(`${csvFormatRows([heading])}\n`)];
  for (let first = 0; first < losses.length; first += CHUNK) {
    const images = Array.from({ length: Math.min(CHUNK, losses.length - first) }, (_, i) => first + i);
    const cells = images.map((image) => {
      const row = logits.subarray(image * classes, (image + 1) * classes);
      const loss = numberText(losses[image] ?? Number.NaN);
      const name = rows.imageName(image);
      return single
        ? [name, ...singleLabelCells(row, labels[image] ?? 0, loss, rows)]
        : [name, loss, ...labelCells(row, labels.subarray(image * classes, (image + 1) * classes), rows)];
    });
    parts.push(encoder.encode(`${csvFormatRows(cells)}\n`));
  }
  return concatBytes(parts);
}

function singleLabelCells(
  logits: Float32Array,
  label: number,
  loss: string,
  { classNames, temperature }: PredictionRows,
): string[] {
  const probabilities = probabilitiesOf(logits, 'single-label', temperature);
  const predicted = logits.indexOf(logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY));
  const names = [classNames[label] ?? String(label), classNames[predicted] ?? String(predicted)];
  return [...names, numberText(probabilities[predicted] ?? 0), loss, ...probabilities.map(numberText)];
}

function labelCells(logits: Float32Array, labels: Float32Array, { temperature, thresholds }: PredictionRows): string[] {
  return probabilitiesOf(logits, 'multi-label', temperature).flatMap((probability, k) => [
    numberText(probability),
    numberText(labels[k] ?? Number.NaN),
    probability >= (thresholds[k] ?? 0.5) ? '1' : '0',
  ]);
}

/** Nine digits tell any two float32 numbers apart; nothing where there is no number. */
const numberText = (value: number): string => (Number.isNaN(value) ? '' : String(Number(value.toPrecision(9))));
