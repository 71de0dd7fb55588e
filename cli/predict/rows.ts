// The forms in which predictions are printed: text, one JSON array, JSON in lines, CSV. A form is an entry of ROW_FORMATS; its
// texts follow each other and make a whole document, whose rows come in the order of the images, one per image.

import { csvFormatRows } from 'd3-dsv';
import type { FileNote } from '../../src/data/deep-image.ts';
import { probabilitiesOf } from '../../src/metrics/probabilities.ts';
import { type ClassProbability, classNamesOf, presentClasses, topClasses } from '../../src/metrics/top-classes.ts';
import type { DenseNetError } from '../../src/runtime/errors.ts';
import { printable } from '../../src/runtime/printable.ts';
import { percent } from '../../ui/number-text.ts';
import { jsonText } from '../output.ts';

/** What rows say of a network's classes. */
export interface RowOptions {
  /** Number of classes of the network. */
  readonly classes: number;
  readonly classNames?: readonly string[] | undefined;
  readonly multiLabel: boolean;
  /** Per class, from which probability on it is present, of several that may be. */
  readonly thresholds?: readonly number[] | undefined;
  /** What logits are divided by first: the checkpoint's calibration. */
  readonly temperature?: number | undefined;
  /** Classes that a row names, most probable first; CSV has all. */
  readonly top: number;
}

/** A heat map that was written for an image. */
export interface RowExplanation {
  readonly index: number;
  readonly name: string;
  /** The file. */
  readonly map: string;
}

/** A classified image. */
export interface PredictedRow {
  readonly file: string;
  readonly logits: Float32Array;
  readonly notes: readonly FileNote[];
  /** Where heat maps were asked for. */
  readonly explanations?: readonly RowExplanation[] | undefined;
}

/** The texts of one document. */
export interface RowFormat {
  /** Before the first row. */
  begin(): string;
  row(row: PredictedRow): string;
  /** The row of an image that could not be classified. */
  failed(file: string, error: DenseNetError): string;
  /** After the last. */
  end(): string;
}

export type RowFormatName = 'text' | 'json' | 'jsonl' | 'csv';

export const ROW_FORMATS: Readonly<Record<RowFormatName, (options: RowOptions) => RowFormat>> = {
  text: textRows,
  json: jsonArray,
  jsonl: (options) => ({
    begin: () => '',
    row: (row) => `${jsonText(jsonRow(row, options), 0)}\n`,
    failed: (file, error) => `${jsonText(failedRow(file, error), 0)}\n`,
    end: () => '',
  }),
  csv: csvRows,
};

/** The form that a file's name asks for. */
export const formatOf = (path: string): RowFormatName => {
  const [, extension = ''] = /\.(\w+)$/.exec(path.toLowerCase()) ?? [];
  return isFormat(extension) ? extension : 'text';
};

const isFormat = (name: string): name is RowFormatName => Object.hasOwn(ROW_FORMATS, name);

function textRows(options: RowOptions): RowFormat {
  const lines = (...texts: readonly string[]) => `${texts.map(printable).join('\n')}\n`;
  return {
    begin: () => '',
    row: ({ file, logits, explanations = [] }) => {
      const { top, classNames, multiLabel } = options;
      const present = multiLabel ? [`  present: ${presentNames(logits, options).join(', ') || 'none'}`] : [];
      const maps = explanations.map(({ map, name }) => `  ${name}: ${map}`);
      const classes = topClasses(logits, top, classNames, multiLabel, options.temperature);
      return lines(file, ...classes.map(classLine), ...present, ...maps);
    },
    failed: (file, { message }) => lines(file, `  error: ${message}`),
    end: () => '',
  };
}

const classLine = ({ name, probability }: ClassProbability) => `${percent(probability).padStart(7)}  ${name}`;

function jsonArray(options: RowOptions): RowFormat {
  let count = 0;
  const element = (value: object) => `${count++ === 0 ? '[' : ','}\n${jsonText(value).replace(/^/gm, '  ')}`;
  return {
    begin: () => '',
    row: (row) => element(jsonRow(row, options)),
    failed: (file, error) => element(failedRow(file, error)),
    end: () => (count > 0 ? '\n]\n' : '[]\n'),
  };
}

const jsonRow = ({ file, logits, notes, explanations }: PredictedRow, options: RowOptions) => ({
  file,
  classes: topClasses(logits, options.top, options.classNames, options.multiLabel, options.temperature),
  ...(options.multiLabel && { present: presentNames(logits, options) }),
  logits: Array.from(logits),
  ...(notes.length > 0 && { notes }),
  ...(explanations && { explanations }),
});

const failedRow = (file: string, { message, code }: DenseNetError) => ({ file, error: message, code });

/** Between the classes of an image that shows several. */
const AND = '|';

/**
 * Columns: file, class, probability, one per class in their order, error. Of several classes at once, `class` has those that
 * are present and `probability` theirs, separated by `|`. Numbers are written with all of their digits.
 */
function csvRows(options: RowOptions): RowFormat {
  const { classes, classNames, multiLabel, thresholds, temperature } = options;
  const names = classNamesOf(classes, classNames);
  const row = (...values: readonly (string | number)[]) => `${csvFormatRows([values.map(String)])}\n`;
  return {
    begin: () => row('file', 'class', 'probability', ...columnNames(names), 'error'),
    row: ({ file, logits }) => {
      const probabilities = probabilitiesOf(logits, multiLabel ? 'multi-label' : 'single-label', temperature);
      const chosen = multiLabel
        ? presentClasses(probabilities, thresholds)
        : topClasses(logits, 1).map(({ index }) => index);
      const of = (values: readonly (string | number)[]) => chosen.map((index) => values[index]).join(AND);
      return row(file, of(names), of(probabilities), ...probabilities, '');
    },
    failed: (file, { message }) => row(file, '', '', ...names.map(() => ''), message),
    end: () => '',
  };
}

const FIXED_COLUMNS: readonly string[] = ['file', 'class', 'probability', 'error'];

/** Each column has a name of its own: classes may share theirs (ImageNet has two cranes), or be called `file`. */
function columnNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of [...FIXED_COLUMNS, ...names]) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, index) => ((counts.get(name) ?? 0) > 1 ? `${name} (${index})` : name));
}

/** Of several classes at once. */
const presentNames = (logits: Float32Array, { classes, classNames, thresholds, temperature }: RowOptions): string[] => {
  const names = classNamesOf(classes, classNames);
  const probabilities = probabilitiesOf(logits, 'multi-label', temperature);
  return presentClasses(probabilities, thresholds).map((index) => names[index] ?? '');
};
