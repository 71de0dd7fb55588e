// What the network makes of the validation images: the confusion matrix, as a table that keyboard and screen reader walk,
// and each class's share of right answers in it. Where there are too many classes for a table, the commonest confusions.

import { useSignal } from '@preact/signals';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
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
  return (
    <section class="validation" aria-labelledby="confusion-title">
      <h3 id="confusion-title">{strings.title(count(result.count), count(epoch))}</h3>
      <p>{few ? strings.hint : strings.manyHint}</p>
      {few && (
        <div role="radiogroup" aria-label={strings.show} class="row">
          <Choice name={strings.counts} checked={!shares.value} onChoose={() => (shares.value = false)} />
          <Choice name={strings.shares} checked={shares.value} onChoose={() => (shares.value = true)} />
        </div>
      )}
      {few ? <Matrix result={result} names={names} shares={shares.value} /> : <Pairs result={result} names={names} />}
    </section>
  );
}

function Choice({ name, checked, onChoose }: { name: string; checked: boolean; onChoose: () => void }) {
  return (
    <label class="check">
      <input type="radio" name="confusion-show" checked={checked} onChange={onChoose} />
      {name}
    </label>
  );
}

interface MatrixProps {
  readonly result: ValidationResult;
  readonly names: readonly string[];
  readonly shares: boolean;
}

function Matrix({ result, names, shares }: MatrixProps) {
  const strings = text().train.confusion;
  const classes = classResults(result);
  return (
    <ScrollRegion class="scroll" label={strings.table}>
      <table class="confusion">
        <caption class="visually-hidden">{strings.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{strings.corner}</th>
            {names.map((name) => (
              <th scope="col" key={name}>
                <span>{name}</span>
              </th>
            ))}
            <th scope="col">{strings.right}</th>
          </tr>
        </thead>
        <tbody>
          {classes.map((row) => (
            <tr key={row.label}>
              <th scope="row">{names[row.label]}</th>
              {(result.confusion[row.label] ?? []).map((value, predicted) => (
                <Cell key={predicted} value={value} row={row} right={predicted === row.label} shares={shares} />
              ))}
              <RightCell row={row} />
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
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
  return (
    <td class={value === 0 ? 'none' : ''} style={{ background: shade }}>
      {figure}
    </td>
  );
}

function RightCell({ row }: { row: ClassResult }) {
  const { percent } = format();
  return <td class="share">{row.count === 0 ? '–' : percent(row.right / row.count)}</td>;
}

function Pairs({ result, names }: Omit<MatrixProps, 'shares'>) {
  const strings = text().train.confusion;
  const { count } = format();
  return (
    <table class="pairs">
      <thead>
        <tr>
          <th scope="col">{strings.truth}</th>
          <th scope="col">{strings.predicted}</th>
          <th scope="col">{strings.counts}</th>
        </tr>
      </thead>
      <tbody>
        {confusedPairs(result, PAIRS).map(({ truth, predicted, count: times }) => (
          <tr key={`${truth} ${predicted}`}>
            <th scope="row">{names[truth]}</th>
            <td>{names[predicted]}</td>
            <td>{count(times)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
