// The rows of the table of images, some of them: thumbnail and name, the first class and its score, the next ones, the
// time; or why a file is refused. The heads sort. A name is a button that shows the image large; arrows go from row to row.

import { h } from 'preact';
import { className, format, text } from '../text/text.ts';
import type { Classified, ImageRow, OutputKind } from './image-row.ts';
import { noteText, refusalText } from './refusal-text.ts';
import { firstScore, type Sorting, type SortKey } from './row-order.ts';
import { Thumbnail } from './thumbnail.ts';

export interface ImageRowsProps {
  readonly rows: readonly ImageRow[];
  /** How a path is shown. */
  readonly short: (path: string) => string;
  readonly classNames: readonly string[];
  readonly output: OutputKind;
  readonly sorting: Sorting;
  readonly onSort: (key: SortKey) => void;
  /** The row that is shown large. */
  readonly opened: File | undefined;
  readonly onOpen: (row: ImageRow) => void;
}

export function ImageRows({ rows, short, classNames, output, sorting, onSort, opened, onOpen }: ImageRowsProps) {
  const strings = text().images.table;
  const score = output === 'softmax' ? strings.score : strings.finding;
  const head = (key: SortKey, label: string) => h(SortHead, { key, by: key, label, sorting, onSort });
  return h('table', { class: 'images-table', 'aria-label': strings.title, onKeyDown: goToRow }, [
    h('thead', null, [
      h('tr', null, [
        head('name', strings.name),
        head('class', strings.class),
        head('score', score),
        h('th', { scope: 'col', class: 'next' }, strings.others),
        head('time', strings.time),
      ]),
    ]),
    h(
      'tbody',
      null,
      rows.map((row) =>
        h('tr', { key: row.id, class: row.file === opened ? 'opened' : undefined }, [
          h('th', { scope: 'row' }, h(NameCell, { row, name: short(row.path), opened: row.file === opened, onOpen })),
          ...cells(row, classNames),
        ]),
      ),
    ),
  ]);
}

function SortHead(props: { by: SortKey; label: string; sorting: Sorting; onSort: (key: SortKey) => void }) {
  const { by, label, sorting, onSort } = props;
  const active = sorting.key === by;
  const direction = sorting.descending ? 'descending' : 'ascending';
  return h('th', { scope: 'col', class: by, ...(active ? { 'aria-sort': direction } : {}) }, [
    h('button', { type: 'button', class: 'sort', onClick: () => onSort(by) }, [
      label,
      h('span', { 'aria-hidden': true }, active ? (sorting.descending ? ' ▼' : ' ▲') : ''),
    ]),
  ]);
}

interface NameCellProps {
  readonly row: ImageRow;
  readonly name: string;
  readonly opened: boolean;
  readonly onOpen: (row: ImageRow) => void;
}

function NameCell({ row, name, opened, onOpen }: NameCellProps) {
  const { path, outcome } = row;
  if (outcome?.kind !== 'classified') return h('span', { class: 'path', title: path }, name);
  return h(
    'button',
    {
      type: 'button',
      class: 'row-name',
      title: path,
      'aria-label': text().images.table.open(name),
      'aria-pressed': opened,
      onClick: () => onOpen(row),
    },
    [h(Thumbnail, { image: outcome.thumbnail }), h('span', { class: 'path' }, name)],
  );
}

function cells({ outcome }: ImageRow, classNames: readonly string[]) {
  if (!outcome) return [h('td', { colSpan: 4, class: 'hint' }, text().images.table.waiting)];
  if (outcome.kind === 'refused') return [h('td', { colSpan: 4, class: 'bad' }, refusalText(outcome.refusal))];
  const { percent, duration } = format();
  const name = (label: number) => className(classNames[label] ?? String(label));
  const [first = 0, ...others] = outcome.top;
  return [
    h('td', { class: 'class' }, [name(first), h(Notes, { outcome })]),
    h('td', { class: 'number' }, percent(firstScore(outcome), 1)),
    h(
      'td',
      { class: 'next' },
      others
        .slice(0, 2)
        .map((label) => `${name(label)} ${percent(outcome.scores[label] ?? 0, 1)}`)
        .join(', '),
    ),
    h('td', { class: 'number time' }, duration(outcome.milliseconds)),
  ];
}

function Notes({ outcome: { notes } }: { outcome: Classified }) {
  return notes.length === 0 ? null : h('span', { class: 'hint' }, notes.map(noteText).join(' '));
}

/** Up and down go from name to name, as in a list. */
function goToRow(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement) || !event.target.matches('.row-name')) return;
  const names = [...event.currentTarget.querySelectorAll<HTMLElement>('.row-name')];
  names[names.indexOf(event.target) + step]?.focus();
  event.preventDefault();
}
