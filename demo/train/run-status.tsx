// How the run is going, in a sentence and a bar.

import { ErrorBanner } from '../errors/error-banner.tsx';
import { download } from '../files.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { goTo } from '../views.ts';
import { curvesCsv } from './progress.ts';
import type { Subject, TrainingState } from './training.ts';
import { isBetterThanGuessing, type ValidationShare } from './validation.ts';

export function Status({ page }: { page: Page }) {
  const state = page.training.state.value;
  const progress = page.training.progress.value;
  if (state.kind === 'failed') return <ErrorBanner error={state.error} />;
  const last = progress?.points.at(-1);
  const subject = page.training.subject.value;
  return (
    <div>
      {/* The form may say something else by now. */}
      {progress && subject && <p class="hint">{ofWhat(subject)}</p>}
      <p class="status" role="status">
        {message(state)}
      </p>
      {progress && (
        <progress
          aria-label={text().train.progress}
          max={progress.epochs}
          {...(last || state.kind !== 'preparing' ? { value: last?.at ?? 0 } : {})}
        />
      )}
    </div>
  );
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

// What came of a run: to classify with at once, to keep as a file, and its curves as a table.

/** An accuracy beside what guessing gives; '' where all validation images are of one class. */
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
  return (
    <div class="outcome">
      <p>{strings.updates(count(report.updates), duration(1000 * report.seconds)) + right + guessing}</p>
      {'name' in saved ? (
        <p class="hint">{strings.saved(saved.name)}</p>
      ) : (
        <p class="notice">
          {strings.unsaved} <span lang="en">{saved.error.detail}</span>
        </p>
      )}
      <div class="row">
        <button type="button" class="primary" onClick={use}>
          {strings.use}
        </button>
        <button type="button" onClick={() => download(FILE, checkpoint)}>
          {strings.download}
        </button>
        {progress && (
          <button
            type="button"
            onClick={() => download('densenet-curves.csv', new TextEncoder().encode(curvesCsv(progress)))}
          >
            {strings.downloadCurves}
          </button>
        )}
      </div>
      <p class="hint">{strings.downloadHint}</p>
    </div>
  );
}
