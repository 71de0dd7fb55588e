// What switching connections off does: how many validation images are right before and after; where the page has none for
// the network's classes, what becomes of the current picture's likeliest class.

import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';
import type { Outcome } from '../worker/inside.ts';
import { type Ablation, IMAGE_COUNTS } from './ablation.ts';
import { valueText } from './names.ts';

export function AblationPanel({ page }: { page: Page }) {
  const strings = text().inside.reuse;
  const { count } = format();
  const { ablation } = page.inside;
  const disabled = ablation.disabled.value;
  const progress = ablation.progress.value;
  const stated =
    disabled.length === 0 ? strings.none : disabled.length === 1 ? strings.one : strings.count(count(disabled.length));
  const view = ablation.labelled ? accuracyView(ablation) : pictureView(ablation);
  const fact = (term: string, value: string) => (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
  return (
    <div class="ablation">
      <h3>{strings.ablationTitle}</h3>
      <p>{strings.ablationLead}</p>
      {!ablation.labelled && <p class="hint">{strings.picture}</p>}
      <div class="settings">
        {ablation.labelled && <ImageCount ablation={ablation} />}
        {progress ? (
          <button type="button" class="stop" onClick={() => ablation.stop()}>
            {strings.stop}
          </button>
        ) : (
          <button type="button" onClick={() => ablation.evaluate()}>
            {strings.again}
          </button>
        )}
        <button type="button" disabled={disabled.length === 0} onClick={() => ablation.reset()}>
          {strings.reset}
        </button>
      </div>
      <progress
        max={1}
        value={progress ? progress.done / Math.max(1, progress.all) : 0}
        aria-label={strings.ablationTitle}
        class={progress ? '' : 'idle'}
      />
      <dl class="numbers">
        {fact(...view.before)}
        {fact(...view.after)}
      </dl>
      <p role="status">
        {stated}{' '}
        {progress
          ? strings.evaluating(count(progress.done), count(progress.all))
          : disabled.length > 0
            ? view.says
            : ''}
      </p>
    </div>
  );
}

function ImageCount({ ablation }: { ablation: Ablation }) {
  const onChange = (event: Event & { currentTarget: HTMLSelectElement }) =>
    ablation.evaluateOn(Number(event.currentTarget.value));
  return (
    <label>
      {text().inside.reuse.images}
      <select onChange={onChange}>
        {IMAGE_COUNTS.map((n) => (
          <option key={n} value={n} selected={n === ablation.images.value}>
            {format().count(n)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface View {
  /** Term and value. */
  readonly before: readonly [string, string];
  readonly after: readonly [string, string];
  /** What the change comes to. */
  readonly says: string;
}

function accuracyView({ before: { value: before }, after: { value: after } }: Ablation): View {
  const strings = text().inside.reuse;
  const share = (outcome: Outcome | undefined) => (outcome ? format().percent(outcome.accuracy, 1) : '–');
  const change = before && after ? after.accuracy - before.accuracy : undefined;
  const points = format().decimal(Math.abs(change ?? 0) * 100, 1);
  const says =
    change === undefined ? '' : change < 0 ? strings.fell(points) : change > 0 ? strings.rose(points) : strings.same;
  return { before: [strings.before, share(before)], after: [strings.after, share(after)], says };
}

function pictureView({ of, before: { value: before }, after: { value: after } }: Ablation): View {
  const strings = text().inside.reuse;
  const names = of?.classNames ?? [];
  const name = (label: number) => className(names[label] ?? String(label));
  const first = before && likeliest(before);
  const score = (outcome: Outcome | undefined) =>
    outcome && first !== undefined ? strings.scored(name(first), valueText(outcome.logits[first] ?? Number.NaN)) : '–';
  const now = after && likeliest(after);
  const says = now === undefined ? '' : now === first ? strings.still : strings.other(name(now));
  return { before: [strings.asItIs, score(before)], after: [strings.without, score(after)], says };
}

const likeliest = ({ logits }: Outcome): number => logits.indexOf(Math.max(...logits));
