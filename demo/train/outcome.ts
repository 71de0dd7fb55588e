// What came of a run: to classify with at once, to keep as a file, and its curves as a table.

import { h } from 'preact';
import { download } from '../download.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { goTo } from '../views.ts';
import { curvesCsv } from './progress.ts';
import { isBetterThanGuessing, type ValidationShare } from './validation.ts';

/** An accuracy beside what guessing gives; '' where all held-out images are of one class. */
function besideGuessing(accuracy: number, validation: ValidationShare | undefined): string {
  if (!validation || validation.guess >= 1) return '';
  const words = text().train;
  const { decimal, percent } = format();
  const { guess } = validation;
  if (!isBetterThanGuessing(accuracy, validation)) return words.asGuessing(percent(guess));
  return words.thanGuessing(decimal(accuracy / guess, 1), percent(guess));
}

const FILE = 'densenet-trained.safetensors';

export function Outcome({ page }: { page: Page }) {
  const state = page.training.state.value;
  const progress = page.training.progress.value;
  if (state.kind !== 'done') return null;
  const { trained, kept } = state;
  const { report, checkpoint } = trained;
  const words = text().train;
  const { count, duration, percent } = format();
  const right = report.validation === null ? '' : ` ${words.validationCorrect(percent(report.validation, 1))}`;
  const guessing =
    report.validation === null ? '' : ` ${besideGuessing(report.validation, page.training.subject.value?.validation)}`;
  const use = async () => {
    const { networks } = page;
    await ('name' in kept ? networks.use(kept.name) : networks.takeTrained(FILE, checkpoint));
    if (!page.trouble.peek() && !networks.trouble.peek()) goTo('classify');
  };
  return h('div', { class: 'outcome' }, [
    h('p', null, words.updates(count(report.updates), duration(1000 * report.seconds)) + right + guessing),
    'name' in kept
      ? h('p', { class: 'hint' }, words.kept(kept.name))
      : h('p', { class: 'notice' }, [words.unkept, ' ', h('span', { lang: 'en' }, kept.trouble.detail)]),
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
