// How fast a GPU gets through a plan, as two numbers: what each pass costs whatever it does, and how much arithmetic it does
// a second. Two timed runs give both. An estimate: passes that only move memory are not told apart.

import { number, type OutputOf, object, oneOf } from '../../src/data/schema.ts';
import { readStored } from '../storage/stored-json.ts';

export interface Work {
  readonly passes: number;
  readonly flops: number;
}

export interface Timed extends Work {
  readonly seconds: number;
}

const RATE = object({
  secondsAPass: number({ min: 0, below: 1 }),
  flopsASecond: number({ above: 0 }),
  /** Two runs of the network in use, or a training on this GPU. */
  source: oneOf(['runs', 'training']),
});
export type Rate = OutputOf<typeof RATE>;

/**
 * From a short run and a longer one of as many passes.
 * @returns undefined where a clock was too coarse to tell anything
 */
export function rateOf(short: Timed, long: Timed): Rate | undefined {
  if (!(long.seconds > 0 && long.flops > 0)) return undefined;
  const [flops, seconds] = [long.flops - short.flops, long.seconds - short.seconds];
  const flopsASecond = flops > 0 && seconds > 0 ? flops / seconds : long.flops / long.seconds;
  const secondsAPass = Math.max(0, (short.seconds - short.flops / flopsASecond) / Math.max(1, short.passes));
  return { secondsAPass, flopsASecond, source: 'runs' };
}

export const expectedSeconds = ({ secondsAPass, flopsASecond }: Rate, { passes, flops }: Work): number =>
  passes * secondsAPass + flops / flopsASecond;

/** The rate under which a step takes what it was seen to take; each pass costs at most half of that. */
export function rateSeen(before: Rate | undefined, { passes, flops, seconds }: Timed): Rate | undefined {
  if (!(seconds > 0 && flops > 0)) return before;
  const secondsAPass = Math.min(before?.secondsAPass ?? 0, seconds / 2 / Math.max(1, passes));
  return { secondsAPass, flopsASecond: flops / (seconds - passes * secondsAPass), source: 'training' };
}

/** A rate as text, to be kept; and back, undefined for anything else. */
export const rateText = ({ secondsAPass, flopsASecond, source }: Rate): string =>
  JSON.stringify({ secondsAPass, flopsASecond, source });

export const readRate = (text: string | null): Rate | undefined => readStored(RATE, text);
