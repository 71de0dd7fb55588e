// What an explanation of many runs takes besides its own options, so that whoever waits sees how far it is and can end it.

import { ConfigError } from '../../runtime/errors.ts';
import { aFunction, anObject, type Rules } from '../../runtime/options.ts';

/** How to watch and end an explanation that takes many runs. */
export interface LongRun {
  /** Asked between two runs; once it is aborted the explanation ends and resolves with undefined. */
  readonly signal?:
    | {
        /** An AbortSignal's. */
        readonly aborted: boolean;
      }
    | undefined;
  /** Called after each run. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What such a run takes, for the rules of an explanation's own options. */
export const LONG_RUN = { signal: anObject, onProgress: aFunction } satisfies Rules<LongRun>;

/**
 * Calls `run(first, count)` for every micro-batch of `total`, one after another; false where the signal ended it.
 */
export async function inMicroBatches(
  total: number,
  batch: number,
  { signal, onProgress }: LongRun,
  run: (first: number, count: number) => Promise<void>,
): Promise<boolean> {
  for (let first = 0; first < total; first += batch) {
    if (signal?.aborted) return false;
    const count = Math.min(batch, total - first);
    await run(first, count);
    onProgress?.(first + count, total);
  }
  return true;
}

/** @throws ConfigError where `value` is no whole number from `least` on */
export function requireWhole(field: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new ConfigError(field, value, `must be a whole number, ${least} or more`);
}
