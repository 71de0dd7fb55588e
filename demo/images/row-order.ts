// The order and the choice of rows that the table shows.

import { compareText, sortedBy } from './file-selection.ts';
import type { Classified, ImageRow } from './image-row.ts';

export type SortKey = 'order' | 'name' | 'class' | 'score' | 'time';

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** All rows, those with a class first among their scores, or those that were refused. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'class'; readonly label: number }
  | { readonly kind: 'refused' };

/** @param rank a class's place among the names that are shown; by its number where it is left out */
export function arrange(
  rows: readonly ImageRow[],
  { key, descending }: Sorting,
  filter: Filter,
  rank: (label: number) => number = (label) => label,
): ImageRow[] {
  const compare = comparison(key, rank);
  const sign = descending ? -1 : 1;
  return rows
    .filter((row) => passes(row, filter))
    .sort((a, b) => lastAlways(a, b, key) || sign * compare(a, b) || a.id - b.id);
}

/** How many rows have each class first, and how many were refused. */
export function runningMetrics(rows: readonly ImageRow[]): {
  readonly classes: ReadonlyMap<number, number>;
  readonly refused: number;
} {
  const classes = new Map<number, number>();
  let refused = 0;
  for (const { outcome } of rows) {
    if (outcome?.kind === 'refused') refused++;
    const label = outcome?.kind === 'classified' ? outcome.top[0] : undefined;
    if (label !== undefined) classes.set(label, (classes.get(label) ?? 0) + 1);
  }
  return { classes, refused };
}

function passes({ outcome }: ImageRow, filter: Filter): boolean {
  if (filter.kind === 'all') return true;
  if (filter.kind === 'refused') return outcome?.kind === 'refused';
  return outcome?.kind === 'classified' && outcome.top[0] === filter.label;
}

/** What has no value to sort by stands at the end, in both directions: refused, then not yet classified. */
function lastAlways(a: ImageRow, b: ImageRow, key: SortKey): number {
  if (key === 'order' || key === 'name') return 0;
  const rank = ({ outcome }: ImageRow) => (outcome ? (outcome.kind === 'refused' ? 1 : 0) : 2);
  return rank(a) - rank(b);
}

function comparison(key: SortKey, rank: (label: number) => number): (a: ImageRow, b: ImageRow) => number {
  if (key === 'order') return (a, b) => a.id - b.id;
  if (key === 'name') return (a, b) => compareText(a.sortName, b.sortName);
  const value = {
    class: ({ top }: Classified) => rank(top[0] ?? 0),
    score: (result: Classified) => firstScore(result),
    time: ({ milliseconds }: Classified) => milliseconds,
  }[key];
  const of = ({ outcome }: ImageRow) => (outcome?.kind === 'classified' ? value(outcome) : 0);
  const ties = (a: ImageRow, b: ImageRow) => (key === 'class' ? scoreOf(b) - scoreOf(a) : 0);
  return (a, b) => of(a) - of(b) || ties(a, b);
}

export const firstScore = ({ scores, top }: Classified): number => scores[top[0] ?? 0] ?? 0;

const scoreOf = ({ outcome }: ImageRow) => (outcome?.kind === 'classified' ? firstScore(outcome) : 0);

/** The place of each label when the names are sorted. */
export function ranksOf(names: readonly string[]): number[] {
  const ranks: number[] = [];
  const sorted = sortedBy([...names.keys()], (label) => names[label] ?? '');
  for (const [rank, label] of sorted.entries()) ranks[label] = rank;
  return ranks;
}

/** Paths without the folder that all of them lie in, where there is one. */
export function shortener(rows: readonly ImageRow[]): (path: string) => string {
  const top = rows[0]?.path.split('/')[0] ?? '';
  const shared = rows.every(({ path }) => path.startsWith(`${top}/`));
  return shared ? (path) => path.slice(top.length + 1) : (path) => path;
}
