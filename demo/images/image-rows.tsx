// The rows of the table of images, some of them: thumbnail and name, the first class and its score, the next ones, the
// time; or why a file is refused. The heads sort. A name is a button that shows the image large; arrows go from row to row.

import { className, format, text } from '../text/text.ts';
import type { Classified, ImageRow, OutputKind } from './image-row.ts';
import { noteText, refusalText } from './refusal-text.ts';
import { firstScore, type Sorting, type SortKey } from './row-order.ts';
import { Thumbnail } from './thumbnail.tsx';

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
  const head = (key: SortKey, label: string) => (
    <SortHead key={key} by={key} label={label} sorting={sorting} onSort={onSort} />
  );
  return (
    <table class="images-table" aria-label={strings.title} onKeyDown={goToRow}>
      <thead>
        <tr>
          {head('name', strings.name)}
          {head('class', strings.class)}
          {head('score', score)}
          <th scope="col" class="next">
            {strings.others}
          </th>
          {head('time', strings.time)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} class={row.file === opened ? 'opened' : undefined}>
            <th scope="row">
              <NameCell row={row} name={short(row.path)} opened={row.file === opened} onOpen={onOpen} />
            </th>
            {cells(row, classNames)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SortHead(props: { by: SortKey; label: string; sorting: Sorting; onSort: (key: SortKey) => void }) {
  const { by, label, sorting, onSort } = props;
  const active = sorting.key === by;
  const direction = sorting.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={by} {...(active ? { 'aria-sort': direction } : {})}>
      <button type="button" class="sort" onClick={() => onSort(by)}>
        {label}
        <span aria-hidden>{active ? (sorting.descending ? ' ▼' : ' ▲') : ''}</span>
      </button>
    </th>
  );
}

interface NameCellProps {
  readonly row: ImageRow;
  readonly name: string;
  readonly opened: boolean;
  readonly onOpen: (row: ImageRow) => void;
}

function NameCell({ row, name, opened, onOpen }: NameCellProps) {
  const { path, outcome } = row;
  if (outcome?.kind !== 'classified')
    return (
      <span class="path" title={path}>
        {name}
      </span>
    );
  return (
    <button
      type="button"
      class="row-name"
      title={path}
      aria-label={text().images.table.open(name)}
      aria-pressed={opened}
      onClick={() => onOpen(row)}
    >
      <Thumbnail image={outcome.thumbnail} />
      <span class="path">{name}</span>
    </button>
  );
}

function cells({ outcome }: ImageRow, classNames: readonly string[]) {
  if (!outcome)
    return [
      <td colSpan={4} class="hint">
        {text().images.table.waiting}
      </td>,
    ];
  if (outcome.kind === 'refused')
    return [
      <td colSpan={4} class="bad">
        {refusalText(outcome.refusal)}
      </td>,
    ];
  const { percent, duration } = format();
  const name = (label: number) => className(classNames[label] ?? String(label));
  const [first = 0, ...others] = outcome.top;
  return [
    <td class="class">
      {name(first)}
      <Notes outcome={outcome} />
    </td>,
    <td class="number">{percent(firstScore(outcome), 1)}</td>,
    <td class="next">
      {others
        .slice(0, 2)
        .map((label) => `${name(label)} ${percent(outcome.scores[label] ?? 0, 1)}`)
        .join(', ')}
    </td>,
    <td class="number time">{duration(outcome.milliseconds)}</td>,
  ];
}

function Notes({ outcome: { notes } }: { outcome: Classified }) {
  return notes.length === 0 ? null : <span class="hint">{notes.map(noteText).join(' ')}</span>;
}

/** Up and down go from name to name, as in a list. */
function goToRow(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement) || !event.target.matches('.row-name')) return;
  const names = [...event.currentTarget.querySelectorAll<HTMLElement>('.row-name')];
  names[names.indexOf(event.target) + step]?.focus();
  event.preventDefault();
}
