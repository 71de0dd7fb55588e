// How long something is measured: warm-up, then repeats until the median is known well enough or the time is over; the
// result says which. Knows nothing of what it repeats; the clock and a way to stop are given.

import * as v from 'valibot';
import { countFromOne, described, positive, type Value } from './schema.ts';
import { relativeWidth, type Statistics, summarize } from './statistics.ts';

export const samplingSchema = v.strictObject({
  /** Repeats before the interval is looked at. */
  repeats: countFromOne,
  /** Seconds after which no repeat is begun, also with fewer repeats than those; there are at least three. */
  seconds: positive,
  /** Enough is known when the median's 95% confidence interval is narrower than this share of it. */
  width: described(positive, 'Of the interval, as a share of the median, that is narrow enough.'),
});
export type SamplingOptions = Value<typeof samplingSchema>;

export const FULL_SAMPLING: SamplingOptions = { repeats: 20, seconds: 30, width: 0.03 };

export const ENDINGS = ['interval narrow enough', 'time over', 'time over with too few repeats', 'stopped'] as const;
/** Why there are no more repeats. */
export type Ending = (typeof ENDINGS)[number];

export type Sample = {
  /** Milliseconds of each repeat before the measured ones. */
  readonly warmUp: readonly number[];
  /** Milliseconds of a repeat. */
  readonly milliseconds: Statistics;
  readonly ended: Ending;
};

export interface SampleOptions {
  readonly sampling: SamplingOptions;
  /** Milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Called before each repeat: how many are measured, and how wide the interval was when it was last looked at. */
  readonly onRepeat?: (phase: 'warming up' | 'measuring', repeats: number, width: number | undefined) => void;
}

const WARM_UPS = 2;
const LEAST_REPEATS = 3;
/** The interval is computed anew after so much more: a bootstrap after each of ten thousand repeats would be the work. */
const LOOK_AFTER = 1.1;

/**
 * Runs `repeat` again and again. A warm-up that takes longer than all the time there is is the only one.
 * @throws what `repeat` throws, and the signal's reason where it comes before the first measured repeat
 */
export async function sample(repeat: () => Promise<void>, options: SampleOptions): Promise<Sample> {
  const { sampling, now, signal, onRepeat } = options;
  const timed = async () => {
    const start = now();
    await repeat();
    return now() - start;
  };
  const warmUp: number[] = [];
  while (warmUp.length < WARM_UPS && warmUp.every((ms) => ms < sampling.seconds * 1000)) {
    signal.throwIfAborted();
    onRepeat?.('warming up', 0, undefined);
    warmUp.push(await timed());
  }
  const times: number[] = [];
  const begun = now();
  let look = sampling.repeats;
  let width: number | undefined;
  const ended = (): Ending | undefined => {
    if (signal.aborted) return 'stopped';
    if (times.length >= look) {
      width = relativeWidth(summarize(times));
      if (width < sampling.width) return 'interval narrow enough';
      look = Math.max(times.length + 1, Math.ceil(times.length * LOOK_AFTER));
    }
    if (times.length < LEAST_REPEATS || now() - begun < sampling.seconds * 1000) return undefined;
    return times.length < sampling.repeats ? 'time over with too few repeats' : 'time over';
  };
  signal.throwIfAborted();
  let end: Ending | undefined;
  while (!end) {
    onRepeat?.('measuring', times.length, width);
    times.push(await timed());
    end = ended();
  }
  return { warmUp, milliseconds: summarize(times), ended: end };
}
