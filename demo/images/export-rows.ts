// The table as files: CSV for spreadsheets, JSON for programs. Both are made some rows at a time, so that thousands of
// them never hold the page up. A spreadsheet would compute a name such as `=1+1.png`: see `safeCell`.

import type { Refusal } from '../../src/browser/refusal.ts';
import { printable } from '../../src/runtime/printable.ts';
import { highest, type ImageRow } from './image-row.ts';

export interface ExportOptions {
  /** What the scores are by. */
  readonly network: string;
  readonly classNames: readonly string[];
  /** A refusal in words. */
  readonly strings: (refusal: Refusal) => string;
  /** When it was made, ISO 8601. */
  readonly date: string;
}

/** With more classes than these, only the highest scores are written. */
const ALL_CLASSES = 100;
const HIGHEST = 10;
const ROWS_AT_ONCE = 100;

/** Tall: with up to 100 classes a column each, with more the ten highest. Begins with a byte order mark, for Excel. */
export async function csvOf(rows: readonly ImageRow[], options: ExportOptions): Promise<Blob> {
  const { classNames, strings } = options;
  const all = classNames.length <= ALL_CLASSES;
  const places = Array.from({ length: HIGHEST }, (_, place) => place + 1);
  const scoreHeads = all ? classNames : places.flatMap((place) => [`class ${place}`, `score ${place}`]);
  const head = ['file', 'width', 'height', 'class', 'score', 'milliseconds', 'problem', ...scoreHeads];
  const cells = ({ path, outcome }: ImageRow): (string | number)[] => {
    if (!outcome) return [path];
    if (outcome.kind === 'refused') return [path, '', '', '', '', '', strings(outcome.refusal)];
    const { width, height, scores, top, milliseconds } = outcome;
    const [first = 0] = top;
    const named = (label: number) => classNames[label] ?? String(label);
    const shown = all
      ? Array.from(scores, rounded)
      : highest(scores, HIGHEST).flatMap((label) => [named(label), rounded(scores[label])]);
    return [path, width, height, named(first), rounded(scores[first]), rounded(milliseconds), '', ...shown];
  };
  const csv = (part: (string | number)[][]) => part.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
  const parts = await inChunks(rows, (chunk) => csv(chunk.map(cells)));
  return new Blob(['\ufeff', csv([head]), ...parts], { type: 'text/csv' });
}

/** `{ network, date, classes, images: [{ file, … }] }`, one image a line. */
export async function jsonOf(rows: readonly ImageRow[], options: ExportOptions): Promise<Blob> {
  const { network, classNames, strings, date } = options;
  const few = classNames.length <= ALL_CLASSES;
  const image = ({ path, outcome }: ImageRow) => {
    if (!outcome) return { file: path };
    if (outcome.kind === 'refused') return { file: path, problem: outcome.refusal, strings: strings(outcome.refusal) };
    const { width, height, scores, milliseconds, notes } = outcome;
    const ranked = highest(scores, few ? scores.length : HIGHEST);
    const named = ranked.map((label) => ({ class: classNames[label] ?? String(label), score: rounded(scores[label]) }));
    return { file: path, width, height, milliseconds: rounded(milliseconds), notes, scores: named };
  };
  const opening = JSON.stringify({ network, date, classes: classNames }).slice(0, -1);
  const lines = await inChunks(rows, (chunk) => chunk.map((row) => JSON.stringify(image(row))).join(',\n'));
  return new Blob([opening, ',"images":[\n', lines.join(',\n'), '\n]}\n'], { type: 'application/json' });
}

/** What a spreadsheet takes for the beginning of a formula, also in the full width of East Asian input. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/**
 * Text that no spreadsheet computes: in one line, with line breaks, tabs and what is not seen written out, and with an
 * apostrophe in front where it begins like a formula, whatever spaces stand before that.
 */
export function safeCell(text: string): string {
  const line = printable(text);
  return FORMULA.test(line) || FORMULA.test(text) ? `'${line}` : line;
}

/**
 * A cell by RFC 4180. Text stands in quotes also where a comma does not ask for them: some spreadsheets part columns at
 * semicolons or tabs.
 */
const csvCell = (cell: string | number): string =>
  typeof cell === 'number' || cell === '' ? String(cell) : `"${safeCell(cell).replaceAll('"', '""')}"`;

/** Six digits are more than anything here means. */
const rounded = (value = 0) => Number(value.toPrecision(6));

async function inChunks(rows: readonly ImageRow[], write: (rows: readonly ImageRow[]) => string): Promise<string[]> {
  const parts: string[] = [];
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    parts.push(write(rows.slice(at, at + ROWS_AT_ONCE)));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return parts;
}
