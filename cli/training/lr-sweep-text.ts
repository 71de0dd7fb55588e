// What a learning-rate sweep has come to, for people.
import { basename } from 'node:path';
import { type LrSuggestions, type LrSweep, sweepText } from '../../src/densenet/train/lr-finder.ts';

const MEANING: Readonly<Record<keyof LrSuggestions, string>> = {
  valley: 'two thirds of the way down the longest fall: the one to take',
  steepest: 'where the loss falls fastest',
  minimum: 'a tenth of the rate of the least loss',
};

/** Few digits: the next sweep finds another one anyway. */
const short = (rate: number): string => String(Number(rate.toPrecision(2)));

export const sweepTitle = (network: string, data: string): string =>
  `Learning-rate sweep: ${network} on ${basename(data)}`;

/** Of a sweep that was interrupted none: where the loss would fall further on, nobody has seen. */
export const suggestionsOf = ({ ended, suggestions }: LrSweep): LrSuggestions | undefined =>
  ended === 'aborted' ? undefined : suggestions;

/** How a sweep of so many steps ended, and what to do, as sentences. */
export function endText(sweep: LrSweep, steps: number): string[] {
  const { points, ended } = sweep;
  const suggestions = suggestionsOf(sweep);
  const last = points.at(-1);
  const at = `after ${points.length} of ${steps} steps${last ? `, at a rate of ${short(last.rate)}` : ''}`;
  const how = {
    complete: last ? `All ${steps} steps were made, up to a rate of ${short(last.rate)}.` : '',
    diverged: `The loss diverged ${at}.`,
    'not-finite': `The loss or a gradient was not finite ${at}.`,
    aborted: `Interrupted ${at}: no rate is suggested.`,
  }[ended];
  const few = 'These are too few steps for a suggestion: start at a lower rate (--from), or make more steps (--steps).';
  const what = suggestions
    ? `Train with the same options and --lr ${short(suggestions.valley)} (densenet train --lr ${short(suggestions.valley)}).`
    : ended === 'aborted'
      ? ''
      : few;
  return [how, what].filter((line) => line !== '');
}

/** The curve, the suggestions and what to do. */
export function sweepReport(sweep: LrSweep, steps: number): string {
  const suggestions = suggestionsOf(sweep);
  const names = Object.keys(MEANING) as (keyof LrSuggestions)[];
  const rows = suggestions
    ? names.map((name) => `${name.padEnd(9)} ${short(suggestions[name]).padEnd(8)} ${MEANING[name]}`)
    : [];
  return [sweepText({ ...sweep, suggestions }), ...rows, ...endText(sweep, steps)].join('\n');
}
