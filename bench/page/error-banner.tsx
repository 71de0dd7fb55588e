// An error as people see it: what is wrong, what to do, the error's own words, and a way to try again. English only, as
// the page is.

import { ConfigError, DataError, DenseNetError } from '../../src/runtime/errors.ts';
import { GPU_PROBLEMS, gpuProblemOf, TURN_ON_WEBGPU, thisBrowser, turnOnFor } from '../../ui/gpu-problem.ts';

export interface ErrorHelp {
  readonly title: string;
  readonly help: readonly string[];
  /** The error's own words. */
  readonly detail: string;
}

/** What this browser's visitor can do about an error. */
export function describeError(error: unknown): ErrorHelp {
  const detail = error instanceof Error ? error.message : String(error);
  const is = (title: string, ...help: string[]): ErrorHelp => ({ title, help, detail });
  const browser = thisBrowser();
  const problem = gpuProblemOf(error, browser);
  if (problem) {
    const turnOn = turnOnFor(problem, browser);
    const { title, help } = GPU_PROBLEMS[problem];
    return is(title, ...[help, turnOn ? TURN_ON_WEBGPU[turnOn] : ''].filter((line) => line !== ''));
  }
  if (error instanceof ConfigError) return is('That is not possible.', 'Correct the page’s address.');
  if (error instanceof DataError) return is('A file is not what it should be.');
  if (error instanceof DenseNetError) return is('The benchmark stopped.', 'Start it again.');
  return is('Something went wrong that should not.', 'Reload the page.');
}

export function ErrorBanner({ error: { title, help, detail }, retry }: { error: ErrorHelp; retry: () => void }) {
  return (
    <div class="error-banner" role="alert">
      <h2>{title}</h2>
      {help.map((line) => (
        <p>{line}</p>
      ))}
      <p class="detail" lang="en">
        {detail}
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
