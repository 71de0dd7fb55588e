// What switching connections off does: how many held-out images are right before and after; where the page has none for
// the network's classes, what becomes of the current picture's likeliest class.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';
import type { Outcome } from '../worker/inside.ts';
import { type Cutting, IMAGE_COUNTS } from './cutting.ts';
import { valueText } from './names.ts';

export function CutPanel({ page }: { page: Page }) {
  const words = text().inside.reuse;
  const { count } = format();
  const { cutting } = page.inside;
  const cut = cutting.cut.value;
  const progress = cutting.progress.value;
  const stated = cut.length === 0 ? words.none : cut.length === 1 ? words.one : words.count(count(cut.length));
  const view = cutting.labelled ? accuracyView(cutting) : pictureView(cutting);
  const fact = (term: string, value: string) => h('div', null, [h('dt', null, term), h('dd', null, value)]);
  return h('div', { class: 'cut' }, [
    h('h3', null, words.cutTitle),
    h('p', null, words.cutLead),
    !cutting.labelled && h('p', { class: 'hint' }, words.picture),
    h('div', { class: 'settings' }, [
      cutting.labelled && h(ImageCount, { cutting }),
      progress
        ? h('button', { type: 'button', class: 'stop', onClick: () => cutting.stop() }, words.stop)
        : h('button', { type: 'button', onClick: () => cutting.evaluate() }, words.again),
      h('button', { type: 'button', disabled: cut.length === 0, onClick: () => cutting.reset() }, words.reset),
    ]),
    h('progress', {
      max: 1,
      value: progress ? progress.done / Math.max(1, progress.all) : 0,
      'aria-label': words.cutTitle,
      class: progress ? '' : 'idle',
    }),
    h('dl', { class: 'numbers' }, [fact(...view.before), fact(...view.after)]),
    h('p', { role: 'status' }, [
      stated,
      ' ',
      progress ? words.evaluating(count(progress.done), count(progress.all)) : cut.length > 0 ? view.says : '',
    ]),
  ]);
}

function ImageCount({ cutting }: { cutting: Cutting }) {
  const onChange = (event: Event & { currentTarget: HTMLSelectElement }) =>
    cutting.evaluateOn(Number(event.currentTarget.value));
  return h('label', null, [
    text().inside.reuse.images,
    h(
      'select',
      { onChange },
      IMAGE_COUNTS.map((n) =>
        h('option', { key: n, value: n, selected: n === cutting.images.value }, format().count(n)),
      ),
    ),
  ]);
}

interface View {
  /** Term and value. */
  readonly before: readonly [string, string];
  readonly after: readonly [string, string];
  /** What the change comes to. */
  readonly says: string;
}

function accuracyView({ before: { value: before }, after: { value: after } }: Cutting): View {
  const words = text().inside.reuse;
  const share = (outcome: Outcome | undefined) => (outcome ? format().percent(outcome.accuracy, 1) : '–');
  const change = before && after ? after.accuracy - before.accuracy : undefined;
  const points = format().decimal(Math.abs(change ?? 0) * 100, 1);
  const says =
    change === undefined ? '' : change < 0 ? words.fell(points) : change > 0 ? words.rose(points) : words.same;
  return { before: [words.before, share(before)], after: [words.after, share(after)], says };
}

function pictureView({ of, before: { value: before }, after: { value: after } }: Cutting): View {
  const words = text().inside.reuse;
  const names = of?.classNames ?? [];
  const name = (label: number) => className(names[label] ?? String(label));
  const first = before && likeliest(before);
  const score = (outcome: Outcome | undefined) =>
    outcome && first !== undefined ? words.scored(name(first), valueText(outcome.logits[first] ?? Number.NaN)) : '–';
  const now = after && likeliest(after);
  const says = now === undefined ? '' : now === first ? words.still : words.other(name(now));
  return { before: [words.asItIs, score(before)], after: [words.without, score(after)], says };
}

const likeliest = ({ logits }: Outcome): number => logits.indexOf(Math.max(...logits));
