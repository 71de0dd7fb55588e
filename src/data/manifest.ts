// A data set listed in a table (CSV): one row per image, its path and one label (a class name or number), or a column per label
// with 1, 0 or nothing (the label is missing). Commas, semicolons and tabs, quotes, byte order marks and any line ends; a header
// is recognised. A row that cannot be used is a problem that names it, and the others go on.

import { dsvFormat } from 'd3-dsv';
import { ConfigError, DataError } from '../runtime/errors.ts';
import { likeliest } from '../runtime/options.ts';
import { printableName, printableValue } from '../runtime/printable.ts';
import { compareNames, isImageName } from './image-names.ts';
import { PART_NAMES, type PartName, partOf } from './split.ts';
import type { TextFile } from './text-file.ts';

/** An image that a table lists. */
export interface ManifestRow {
  /** Counted from 1, as a spreadsheet does; the header counts too. */
  readonly row: number;
  /** As it is written; relative to the table's folder. */
  readonly path: string;
  /** A class number, or one value per class: 0, 1, or NaN where the label is missing. */
  readonly label: number | readonly number[];
  /** What the column of groups says. */
  readonly group?: string;
  /** What a column `split` says. */
  readonly part?: PartName;
}

/** A row that cannot be used, and why. */
export interface RowProblem {
  readonly row: number;
  /** Its path; empty where it has none. */
  readonly path: string;
  readonly problem: string;
}

export interface Manifest {
  readonly rows: readonly ManifestRow[];
  readonly problems: readonly RowProblem[];
  readonly classNames: readonly string[];
  /** One class per image, or any number of labels. */
  readonly task: 'single-label' | 'multi-label';
}

export interface ManifestOptions {
  /** The column whose values are groups that stay on one side of a split. */
  readonly group?: string | undefined;
  /** The class names by label, for labels that are numbers; labels that are names must be among them. */
  readonly classNames?: readonly string[] | undefined;
}

const DELIMITERS = [',', ';', '\t'] as const;
/** Titles of the column of paths, of labels and of splits; the first column is of paths where no title says. */
const PATH_TITLE =
  /^(image|img|file|photo|picture)?[\s_-]*(paths?|files?|file[\s_-]?names?|images?|imgs?|photos?|pictures?|names?|ids?)$/i;
const LABEL_TITLE =
  /^(class|label|category|target|y)?[\s_-]*(names?|labels?|class(es)?|categor(y|ies)|targets?|y|diagnosis)$/i;
const SPLIT_TITLE = /^(split|subset|set|partition|fold)$/i;
const MOST_PROBLEMS = 1e6;

/**
 * @throws DataError where the text is no such table at all; ConfigError for a group that is no column, and class names that do not
 * fit the labels
 */
export function readManifest({ name: file, text }: TextFile, options: ManifestOptions = {}): Manifest {
  if ([...text.matchAll(/"/g)].length % 2 !== 0)
    throw new DataError(file, text.lastIndexOf('"'), 'a quote is not closed');
  const own = text.replace(/^\uFEFF/, '').replace(/^sep=.\r?\n/i, '');
  const rows = dsvFormat(delimiterOf(own, file))
    .parseRows(own.replace(/\r\n?/g, '\n'))
    .map((cells, i) => ({ row: i + 1, cells: cells.map((cell) => cell.trim()) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const [first, ...rest] = rows;
  if (!first) throw new DataError(file, 0, 'has no rows: a row per image is needed, its path and its label');
  const hasHeader = isHeader(first.cells, rest[0]?.cells);
  const columns = columnsOf(file, hasHeader ? first.cells : undefined, first.cells.length, options.group);
  const body = hasHeader ? rest : rows;
  if (body.length === 0) throw new DataError(file, 0, 'has a header and no rows');
  const multi = columns.labels.length > 1;
  const reader = multi ? multiLabels(file, columns, options) : singleLabels(file, columns, body, options);
  const read: ManifestRow[] = [];
  const problems: RowProblem[] = [];
  for (const { row, cells } of body) {
    const path = cells[columns.path] ?? '';
    const label = path === '' ? 'has no path' : reader.label(cells);
    const part = columns.split === undefined ? undefined : partOf(cells[columns.split] ?? '');
    const problem =
      typeof label === 'string'
        ? label
        : columns.split !== undefined && part === undefined
          ? `${printableValue(cells[columns.split] ?? '')} is no split: one of ${PART_NAMES.join(', ')} is needed`
          : undefined;
    if (typeof label === 'string' || problem !== undefined) {
      if (problems.length < MOST_PROBLEMS) problems.push({ row, path, problem: problem ?? String(label) });
      continue;
    }
    const group = columns.group === undefined ? undefined : (cells[columns.group] ?? '');
    // Without a group, an image stays alone.
    read.push({ row, path, label, ...(group && { group }), ...(part && { part }) });
  }
  if (read.length === 0) {
    const [worst] = problems;
    throw new DataError(file, 0, `has no row that can be used: row ${worst?.row}: ${worst?.problem}`);
  }
  return { rows: read, problems, classNames: reader.classNames, task: multi ? 'multi-label' : 'single-label' };
}

/** The one that parts most rows, and those into equally many cells. */
function delimiterOf(text: string, file: string): string {
  const head = text.slice(0, 1 << 16);
  const scored = DELIMITERS.map((delimiter) => {
    const widths = dsvFormat(delimiter)
      .parseRows(head)
      .map(({ length }) => length)
      .slice(0, 100);
    const usual = widths[0] ?? 1;
    return { delimiter, score: usual < 2 ? 0 : widths.filter((width) => width === usual).length };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score > 0) return best.delimiter;
  throw new DataError(file, 0, 'is no table of two columns or more, parted by commas, semicolons or tabs: path,label');
}

/** Column numbers. */
interface Columns {
  readonly path: number;
  readonly labels: readonly number[];
  readonly group: number | undefined;
  readonly split: number | undefined;
  readonly titles: readonly string[];
}

/** A first row is a header where it names no image and the second does, or where its titles are known. */
function isHeader(first: readonly string[], second: readonly string[] | undefined): boolean {
  if (first.some(isImageName)) return false;
  return second?.some(isImageName) === true || first.some((title) => PATH_TITLE.test(title));
}

function columnsOf(
  file: string,
  titles: readonly string[] | undefined,
  count: number,
  wanted: string | undefined,
): Columns {
  if (!titles) {
    if (wanted !== undefined) throw new ConfigError('group', wanted, `is no column: ${file} has no header`);
    const labels = Array.from({ length: count - 1 }, (_, i) => i + 1);
    return {
      path: 0,
      labels,
      group: undefined,
      split: undefined,
      titles: ['path', ...labels.map((i) => `label ${i}`)],
    };
  }
  const group = wanted === undefined ? undefined : titles.indexOf(wanted);
  if (group === -1) {
    const near = likeliest(String(wanted), titles);
    const known = titles.slice(0, 12).map(printableName).join(', ');
    throw new ConfigError(
      'group',
      wanted,
      `is no column of ${file}; its columns are ${known}${near ? `: did you mean ${near}?` : ''}`,
    );
  }
  const path = Math.max(
    0,
    titles.findIndex((title, i) => i !== group && PATH_TITLE.test(title)),
  );
  const splits = titles.findIndex((title, i) => i !== path && i !== group && SPLIT_TITLE.test(title));
  const split = splits < 0 ? undefined : splits;
  const others = [...titles.keys()].filter((i) => i !== path && i !== group && i !== split);
  const named = others.filter((i) => LABEL_TITLE.test(titles[i] ?? ''));
  // One column that is called a label is it, whatever else a table says of its images.
  const labels = named.length === 1 ? named : others;
  if (labels.length === 0) throw new DataError(file, 0, 'has no column of labels: path,label or path,label1,label2,…');
  const double = labels.find((i) => titles.indexOf(titles[i] ?? '') !== i);
  if (labels.length > 1 && double !== undefined) {
    throw new DataError(file, 0, `has two columns ${printableValue(titles[double])}`);
  }
  return { path, labels, group, split, titles };
}

interface LabelReader {
  readonly classNames: readonly string[];
  /** A row's label, or what is wrong with it. */
  label(cells: readonly string[]): number | readonly number[] | string;
}

function multiLabels(file: string, { labels, titles }: Columns, { classNames }: ManifestOptions): LabelReader {
  if (classNames && classNames.length !== labels.length) {
    throw new ConfigError(
      'labels',
      classNames,
      `are ${classNames.length} names, but ${file} has ${labels.length} columns of labels`,
    );
  }
  return {
    classNames: classNames ?? labels.map((i) => titles[i] ?? ''),
    label: (cells) => {
      const values = labels.map((i) => BINARY[cells[i] ?? '']);
      const bad = values.indexOf(undefined);
      if (bad < 0) return values.map((value) => value ?? Number.NaN);
      const at = labels[bad] ?? 0;
      return `${printableName(titles[at] ?? '')} is ${printableValue(cells[at])}: of several labels, each is 1, 0 or empty (missing)`;
    },
  };
}

/** What stands for a label that applies, does not, or is missing. */
const BINARY: Readonly<Record<string, number | undefined>> = {
  '1': 1,
  '1.0': 1,
  '0': 0,
  '0.0': 0,
  '': Number.NaN,
  nan: Number.NaN,
  NaN: Number.NaN,
};

function singleLabels(
  file: string,
  { labels: [column = 0] }: Columns,
  body: readonly { readonly cells: readonly string[] }[],
  { classNames: given }: ManifestOptions,
): LabelReader {
  const found = new Set(body.map(({ cells }) => cells[column] ?? '').filter((label) => label !== ''));
  const isNumber = (label: string) => /^\d{1,9}$/.test(label);
  const numbered = found.size > 0 && [...found].every(isNumber);
  if (given) {
    const byName = new Map(given.map((name, label) => [name, label]));
    return {
      classNames: given,
      label: (cells) => {
        const label = cells[column] ?? '';
        if (label === '') return 'has no label';
        const at = byName.get(label) ?? (isNumber(label) ? Number(label) : undefined);
        if (at !== undefined && at < given.length) return at;
        return `${printableValue(label)} is not among the ${given.length} class names that are given`;
      },
    };
  }
  if (found.size > MOST_CLASSES) {
    throw new DataError(
      file,
      0,
      `has ${found.size} different labels, more than the ${MOST_CLASSES} classes that there may be`,
    );
  }
  const classNames = numbered ? [...found].sort((a, b) => Number(a) - Number(b)) : [...found].sort(compareNames);
  const byName = new Map(classNames.map((name, label) => [name, label]));
  return { classNames, label: (cells) => byName.get(cells[column] ?? '') ?? 'has no label' };
}

const MOST_CLASSES = 100_000;
