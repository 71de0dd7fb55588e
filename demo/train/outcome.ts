// What came of a run: to classify with at once, to keep as a file, and its curves as a table.

import { h } from 'preact';
import { download } from '../download.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { goTo } from '../views.ts';
import { curvesCsv } from './progress.ts';

const FILE = 'densenet-trained.safetensors';

export function Outcome({ page }: { page: Page }) {
  const state = page.training.state.value;
  const progress = page.training.progress.value;
  if (state.kind !== 'done') return null;
  const { report, checkpoint } = state.trained;
  const words = text().train;
  const { count, duration, percent } = format();
  const right = report.heldOut === null ? '' : ` ${words.heldOutRight(percent(report.heldOut, 1))}`;
  const use = async () => {
    await page.use(FILE, checkpoint);
    if (!page.trouble.peek()) goTo('classify');
  };
  return h('div', { class: 'outcome' }, [
    h('p', null, words.updates(count(report.updates), duration(1000 * report.seconds)) + right),
    h('div', { class: 'row' }, [
      h('button', { type: 'button', class: 'primary', onClick: use }, words.use),
      h('button', { type: 'button', onClick: () => download(FILE, checkpoint) }, words.download),
      progress &&
        h(
          'button',
          {
            type: 'button',
            onClick: () => download('densenet-curves.csv', new TextEncoder().encode(curvesCsv(progress))),
          },
          words.downloadCurves,
        ),
    ]),
    h('p', { class: 'hint' }, words.downloadHint),
  ]);
}
