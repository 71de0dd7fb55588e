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
  const strings = text().train;
  const { decimal, percent } = format();
  const { guess } = validation;
  if (!isBetterThanGuessing(accuracy, validation)) return strings.asGuessing(percent(guess));
  return strings.thanGuessing(decimal(accuracy / guess, 1), percent(guess));
}

const FILE = 'densenet-trained.safetensors';

export function Outcome({ page }: { page: Page }) {
  const state = page.training.state.value;
  const progress = page.training.progress.value;
  if (state.kind !== 'done') return null;
  const { trained, saved } = state;
  const { report, checkpoint } = trained;
  const strings = text().train;
  const { count, duration, percent } = format();
  const right = report.validation === null ? '' : ` ${strings.validationCorrect(percent(report.validation, 1))}`;
  const guessing =
    report.validation === null ? '' : ` ${besideGuessing(report.validation, page.training.subject.value?.validation)}`;
  const use = async () => {
    const { networks } = page;
    await ('name' in saved ? networks.use(saved.name) : networks.takeTrained(FILE, checkpoint));
    if (!page.error.peek() && !networks.error.peek()) goTo('classify');
  };
  return h('div', { class: 'outcome' }, [
    h('p', null, strings.updates(count(report.updates), duration(1000 * report.seconds)) + right + guessing),
    'name' in saved
      ? h('p', { class: 'hint' }, strings.saved(saved.name))
      : h('p', { class: 'notice' }, [strings.unsaved, ' ', h('span', { lang: 'en' }, saved.error.detail)]),
    h('div', { class: 'row' }, [
      h('button', { type: 'button', class: 'primary', onClick: use }, strings.use),
      h('button', { type: 'button', onClick: () => download(FILE, checkpoint) }, strings.download),
      progress &&
        h(
          'button',
          {
            type: 'button',
            onClick: () => download('densenet-curves.csv', new TextEncoder().encode(curvesCsv(progress))),
          },
          strings.downloadCurves,
        ),
    ]),
    h('p', { class: 'hint' }, strings.downloadHint),
  ]);
}
