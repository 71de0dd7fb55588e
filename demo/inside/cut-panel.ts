// What switching connections off does: how many held-out images are right before and after.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { IMAGE_COUNTS } from './cutting.ts';

export function CutPanel({ page }: { page: Page }) {
  const words = text().inside.reuse;
  const { count, percent } = format();
  const { cutting } = page.inside;
  const cut = cutting.cut.value;
  const progress = cutting.progress.value;
  const { before, after } = { before: cutting.before.value, after: cutting.after.value };
  const fact = (term: string, value: number | undefined) =>
    h('div', null, [h('dt', null, term), h('dd', null, value === undefined ? '–' : percent(value, 1))]);
  const stated = cut.length === 0 ? words.none : cut.length === 1 ? words.one : words.count(count(cut.length));
  return h('div', { class: 'cut' }, [
    h('h3', null, words.cutTitle),
    h('p', null, words.cutLead),
    cutting.labelled
      ? [
          h('div', { class: 'settings' }, [
            h('label', null, [
              words.images,
              h(
                'select',
                {
                  onChange: (event: Event & { currentTarget: HTMLSelectElement }) =>
                    cutting.evaluateOn(Number(event.currentTarget.value)),
                },
                IMAGE_COUNTS.map((n) =>
                  h('option', { key: n, value: n, selected: n === cutting.images.value }, count(n)),
                ),
              ),
            ]),
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
          h('dl', { class: 'numbers' }, [fact(words.before, before), fact(words.after, after)]),
          h('p', { role: 'status' }, [
            stated,
            ' ',
            progress ? words.evaluating(count(progress.done), count(progress.all)) : outcome(before, after, cut.length),
          ]),
        ]
      : h('p', { class: 'notice' }, words.noImages),
  ]);
}

function outcome(before: number | undefined, after: number | undefined, cut: number): string {
  if (before === undefined || after === undefined || cut === 0) return '';
  const words = text().inside.reuse;
  const points = format().decimal(Math.abs(after - before) * 100, 1);
  return after < before ? words.fell(points) : after > before ? words.rose(points) : words.same;
}
