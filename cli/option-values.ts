// How the numbers among the options are read: whole or not, in which range, of which unit. A wrong one is Commander's error, which
// names the option and what was given.
import { InvalidArgumentError } from 'commander';
import type { SaveEvery } from '../src/jobs/train.ts';

/** Reads a whole number from `least` to `most`. */
export const whole =
  (least: number, most = 2 ** 31 - 1) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Reads a number in [least, below), or above 0 where `least` is 'above 0'. */
export const fraction =
  (least: number | 'above 0', below = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if ((least === 'above 0' ? value > 0 : value >= least) && value < below) return value;
    const range = below === Number.POSITIVE_INFINITY ? '' : ` and below ${below}`;
    throw new InvalidArgumentError(`It must be a number ${least === 'above 0' ? least : `from ${least}`}${range}.`);
  };

/** Reads how often: minutes (2m), seconds (30s), or a whole number of updates. */
export function saveEvery(text: string): SaveEvery {
  const [, number = '', unit] = /^(\d+(?:\.\d+)?)([ms])?$/.exec(text) ?? [];
  const value = Number(number);
  if (unit !== undefined && value > 0) return { seconds: unit === 'm' ? 60 * value : value };
  if (unit === undefined && Number.isInteger(value) && value > 0) return { updates: value };
  throw new InvalidArgumentError('It must be minutes (2m), seconds (30s) or a whole number of updates.');
}

/** Reads a list of finite numbers, separated by commas. */
export function numberList(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError('It must be numbers separated by commas, one per channel: 0.485,0.456,0.406.');
}
