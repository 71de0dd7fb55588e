// How the run is going, in a sentence and a bar.

import { h } from 'preact';
import { ErrorBanner } from '../errors/error-banner.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { Subject, TrainingState } from './training.ts';

export function Status({ page }: { page: Page }) {
  const state = page.training.state.value;
  const progress = page.training.progress.value;
  if (state.kind === 'failed') return h(ErrorBanner, { error: state.error });
  const last = progress?.points.at(-1);
  const subject = page.training.subject.value;
  return h('div', null, [
    // The form may say something else by now.
    progress && subject && h('p', { class: 'hint' }, ofWhat(subject)),
    h('p', { class: 'status', role: 'status' }, message(state)),
    progress &&
      h('progress', {
        'aria-label': text().train.progress,
        max: progress.epochs,
        ...(last || state.kind !== 'preparing' ? { value: last?.at ?? 0 } : {}),
      }),
  ]);
}

function ofWhat({ title, config, images }: Subject): string {
  const { count, dateTime } = format();
  const what = text().resume.what(config.blockLayers.join(' + '), config.growthRate, count(images));
  return `${title.dataName}, ${dateTime(title.started)}. ${what}`;
}

function message(state: TrainingState): string {
  const strings = text().train;
  const { count } = format();
  switch (state.kind) {
    case 'preparing':
      return state.of !== undefined && state.done !== undefined
        ? strings.readingImages(count(state.done), count(state.of))
        : strings.preparing[state.what];
    case 'running':
      return state.ending ? strings.stopping : strings.running;
    case 'paused':
      return text().resume.paused;
    case 'done':
      return state.trained.report.interrupted ? strings.stopped : strings.done;
    default:
      return '';
  }
}
