// Runs that were not finished: what each is, and the ways to resume it, to download it, or to delete it.

import { useEffect } from 'preact/hooks';
import { ErrorBanner } from '../errors/error-banner.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { Runs, ShownRun } from './runs.ts';
import type { SavedRun } from './saved-run.ts';

export function RunsCard({ page }: { page: Page }) {
  const { training } = page;
  const { runs } = training;
  useLooking(runs);
  const shown = training.active ? [] : runs.list.value;
  const error = runs.error.value;
  if (shown.length === 0 && !error) return null;
  const strings = text().resume;
  return (
    <section class="runs" aria-labelledby="runs-title">
      {shown.length > 0 && <h3 id="runs-title">{strings.title}</h3>}
      {shown.length > 0 && <p>{strings.lead}</p>}
      {shown.length > 0 && (
        <ul>
          {shown.map((stored) => (
            <Run key={stored.id} page={page} stored={stored} />
          ))}
        </ul>
      )}
      {error && <ErrorBanner error={error} />}
    </section>
  );
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
  const strings = text().resume;
  const { bytes, dateTime } = format();
  const { id, run, busy } = stored;
  const { training } = page;
  const name = `run-${id}`;
  return (
    <li>
      <h4 id={name}>{run ? `${run.dataName}, ${dateTime(run.started)}` : strings.damaged}</h4>
      {run && <p>{`${whatItIs(run)} ${howFar(run)}`}</p>}
      {busy && <p class="notice">{strings.elsewhere}</p>}
      <div class="row" role="group" aria-labelledby={name}>
        {run && (
          <button
            type="button"
            class="primary"
            onClick={() => training.resume(run)}
            disabled={busy || !page.network.value}
          >
            {strings.resume}
          </button>
        )}
        {run && (
          <button type="button" onClick={() => training.runs.download(stored)}>
            {strings.download}
          </button>
        )}
        <button type="button" disabled={busy} onClick={() => training.runs.remove(stored)}>
          {strings.remove}
        </button>
        <span class="hint">{strings.takes(bytes(stored.bytes))}</span>
      </div>
    </li>
  );
}

function whatItIs({ request }: SavedRun): string {
  const { count } = format();
  const { config, training } = request;
  return text().resume.what(config.blockLayers.join(' + '), config.growthRate, count(training.count));
}

/** How far it has come, how well it does, and when that was kept. */
function howFar({ place, progress, request, saved }: SavedRun): string {
  const strings = text().resume;
  const { percent, dateTime } = format();
  const { epoch, updates, updatesPerEpoch } = place;
  const tested = progress.points.findLast(({ validation }) => validation)?.validation;
  const right = tested ? ` ${text().train.validationCorrect(percent(tested.accuracy, 1))}` : '';
  const share = percent(updates / updatesPerEpoch);
  return `${strings.place(Math.min(request.epochs, epoch + 1), request.epochs, share, dateTime(saved))}${right}`;
}

/** Ends the run for now, where it is kept; beside the button that ends it for good. */
export function PauseButton({ page }: { page: Page }) {
  const { training } = page;
  const state = training.state.value;
  if (state.kind !== 'running' || training.runs.saving.value?.kind === 'not-stored') return null;
  const disabled = state.ending !== undefined;
  return (
    <button type="button" disabled={disabled} onClick={() => training.pause()}>
      {text().resume.pause}
    </button>
  );
}

/** Whether the run under way would survive the page. */
export function RunSavingNote({ page }: { page: Page }) {
  const saving = page.training.runs.saving.value;
  if (!saving || page.training.state.value.kind !== 'running') return null;
  const strings = text().resume;
  return saving.kind === 'stored' ? (
    <p class="hint">{strings.saved(format().time(saving.at))}</p>
  ) : (
    <p class="notice">
      {strings.unsaved} <span lang="en">{saving.why}</span>
    </p>
  );
}
