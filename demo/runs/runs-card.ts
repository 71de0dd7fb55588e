// Runs that were not finished: what each is, and the ways to go on with it, to keep it as a file, or to be rid of it.

import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { TroubleNote } from '../trouble/trouble-note.ts';
import type { KeptRun } from './kept-run.ts';
import type { Runs, ShownRun } from './runs.ts';
import './runs.css';

export function RunsCard({ page }: { page: Page }) {
  const { training } = page;
  const { runs } = training;
  useLooking(runs);
  const shown = training.active ? [] : runs.list.value;
  const trouble = runs.trouble.value;
  if (shown.length === 0 && !trouble) return null;
  const words = text().resume;
  return h('section', { class: 'runs', 'aria-labelledby': 'runs-title' }, [
    shown.length > 0 && h('h3', { id: 'runs-title' }, words.title),
    shown.length > 0 && h('p', null, words.lead),
    shown.length > 0 &&
      h(
        'ul',
        null,
        shown.map((stored) => h(Run, { key: stored.id, page, stored })),
      ),
    trouble && h(TroubleNote, { trouble }),
  ]);
}

/** Other tabs begin and end runs while this one is not looked at. */
function useLooking(runs: Runs): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') runs.look();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [runs]);
}

function Run({ page, stored }: { page: Page; stored: ShownRun }) {
  const words = text().resume;
  const { bytes, dateTime } = format();
  const { id, run, busy } = stored;
  const { training } = page;
  const name = `run-${id}`;
  return h('li', null, [
    h('h4', { id: name }, run ? `${run.dataName}, ${dateTime(run.started)}` : words.damaged),
    run && h('p', null, `${whatItIs(run)} ${howFar(run)}`),
    busy && h('p', { class: 'notice' }, words.elsewhere),
    h('div', { class: 'row', role: 'group', 'aria-labelledby': name }, [
      run &&
        h(
          'button',
          {
            type: 'button',
            class: 'primary',
            onClick: () => training.goOn(run),
            disabled: busy || !page.network.value,
          },
          words.goOn,
        ),
      run && h('button', { type: 'button', onClick: () => training.runs.download(stored) }, words.download),
      h('button', { type: 'button', disabled: busy, onClick: () => training.runs.remove(stored) }, words.remove),
      h('span', { class: 'hint' }, words.takes(bytes(stored.bytes))),
    ]),
  ]);
}

function whatItIs({ request }: KeptRun): string {
  const { count } = format();
  const { config, training } = request;
  return text().resume.what(config.blockLayers.join(' + '), config.growthRate, count(training.count));
}

/** How far it has come, how well it does, and when that was kept. */
function howFar({ place, progress, request, saved }: KeptRun): string {
  const words = text().resume;
  const { percent, dateTime } = format();
  const { epoch, updates, updatesPerEpoch } = place;
  const tested = progress.points.findLast(({ validation }) => validation)?.validation;
  const right = tested ? ` ${text().train.validationCorrect(percent(tested.accuracy, 1))}` : '';
  const share = percent(updates / updatesPerEpoch);
  return `${words.place(Math.min(request.epochs, epoch + 1), request.epochs, share, dateTime(saved))}${right}`;
}

/** Ends the run for now, where it is kept; beside the button that ends it for good. */
export function PauseButton({ page }: { page: Page }) {
  const { training } = page;
  const state = training.state.value;
  if (state.kind !== 'running' || training.runs.keeping.value?.kind === 'unkept') return null;
  const disabled = state.ending !== undefined;
  return h('button', { type: 'button', disabled, onClick: () => training.pause() }, text().resume.pause);
}

/** Whether the run under way would survive the page. */
export function KeepingNote({ page }: { page: Page }) {
  const keeping = page.training.runs.keeping.value;
  if (!keeping || page.training.state.value.kind !== 'running') return null;
  const words = text().resume;
  return keeping.kind === 'kept'
    ? h('p', { class: 'hint' }, words.kept(format().time(keeping.at)))
    : h('p', { class: 'notice' }, [words.unkept, ' ', h('span', { lang: 'en' }, keeping.why)]);
}
