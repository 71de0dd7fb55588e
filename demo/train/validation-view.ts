// What the network makes of the validation images: the confusion matrix, as a table that keyboard and screen reader walk,
// and each class's share of right answers in it. Where there are too many classes for a table, the commonest confusions.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';
import { type ClassResult, classResults, confusedPairs, type ValidationResult } from './validation.ts';

/** More classes than this make a table that nobody reads. */
const MOST_CLASSES = 40;
const PAIRS = 20;

export function ValidationView({ page }: { page: Page }) {
  const evaluation = page.training.evaluation.value;
  const shares = useSignal(false);
  if (!evaluation) return null;
  const strings = text().train.confusion;
  const { count } = format();
  const { result, epoch, images } = evaluation;
  const names = images.classNames.map(className);
  const few = result.classes <= MOST_CLASSES;
  return h('section', { class: 'validation', 'aria-labelledby': 'confusion-title' }, [
    h('h3', { id: 'confusion-title' }, strings.title(count(result.count), count(epoch))),
    h('p', null, few ? strings.hint : strings.manyHint),
    few &&
      h('div', { role: 'radiogroup', 'aria-label': strings.show, class: 'row' }, [
        h(Choice, { name: strings.counts, checked: !shares.value, onChoose: () => (shares.value = false) }),
        h(Choice, { name: strings.shares, checked: shares.value, onChoose: () => (shares.value = true) }),
      ]),
    few ? h(Matrix, { result, names, shares: shares.value }) : h(Pairs, { result, names }),
  ]);
}

function Choice({ name, checked, onChoose }: { name: string; checked: boolean; onChoose: () => void }) {
  return h('label', { class: 'check' }, [
    h('input', { type: 'radio', name: 'confusion-show', checked, onChange: onChoose }),
    name,
  ]);
}

interface MatrixProps {
  readonly result: ValidationResult;
  readonly names: readonly string[];
  readonly shares: boolean;
}

function Matrix({ result, names, shares }: MatrixProps) {
  const strings = text().train.confusion;
  const classes = classResults(result);
  return h(
    'div',
    // It may be wider than the page: then it is scrolled in itself, by keyboard too.
    { class: 'scroll', role: 'region', tabIndex: 0, 'aria-label': strings.table },
    h('table', { class: 'confusion' }, [
      h('caption', { class: 'visually-hidden' }, strings.caption),
      h('thead', null, [
        h('tr', null, [
          h('th', { scope: 'col' }, strings.corner),
          ...names.map((name) => h('th', { scope: 'col', key: name }, h('span', null, name))),
          h('th', { scope: 'col' }, strings.right),
        ]),
      ]),
      h(
        'tbody',
        null,
        classes.map((row) =>
          h('tr', { key: row.label }, [
            h('th', { scope: 'row' }, names[row.label]),
            ...(result.confusion[row.label] ?? []).map((value, predicted) =>
              h(Cell, { key: predicted, value, row, right: predicted === row.label, shares }),
            ),
            h(RightCell, { row }),
          ]),
        ),
      ),
    ]),
  );
}

interface CellProps {
  readonly value: number;
  readonly row: ClassResult;
  readonly right: boolean;
  readonly shares: boolean;
}

function Cell({ value, row, right, shares }: CellProps) {
  const { count, percent } = format();
  const share = row.count === 0 ? 0 : value / row.count;
  // Half strength at most: the figure on it stays readable in both themes.
  const shade = `color-mix(in srgb, var(${right ? '--series-1' : '--series-2'}) ${Math.round(45 * share)}%, transparent)`;
  const figure = shares ? percent(share) : count(value);
  return h('td', { class: value === 0 ? 'none' : '', style: { background: shade } }, figure);
}

function RightCell({ row }: { row: ClassResult }) {
  const { percent } = format();
  return h('td', { class: 'share' }, row.count === 0 ? '–' : percent(row.right / row.count));
}

function Pairs({ result, names }: Omit<MatrixProps, 'shares'>) {
  const strings = text().train.confusion;
  const { count } = format();
  return h('table', { class: 'pairs' }, [
    h('thead', null, [
      h('tr', null, [
        h('th', { scope: 'col' }, strings.truth),
        h('th', { scope: 'col' }, strings.predicted),
        h('th', { scope: 'col' }, strings.counts),
      ]),
    ]),
    h(
      'tbody',
      null,
      confusedPairs(result, PAIRS).map(({ truth, predicted, count: times }) =>
        h('tr', { key: `${truth} ${predicted}` }, [
          h('th', { scope: 'row' }, names[truth]),
          h('td', null, names[predicted]),
          h('td', null, count(times)),
        ]),
      ),
    ),
  ]);
}
