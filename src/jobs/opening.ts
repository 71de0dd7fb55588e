// Opening a GPU in a page's worker. A browser may restart its GPU process while a page opens: what was asked of the old one
// fails, or is never answered. So opening is tried again, each time in a new worker, and silence counts as a loss.

import { DeviceLostError } from '../runtime/errors.ts';

/** Milliseconds that a worker has for its first message, and a GPU for an adapter and a device; longer each time. */
export const SILENCE = [10_000, 15_000, 20_000] as const;
/** Milliseconds before the second and the third attempt. */
const PAUSES = [300, 1_000] as const;

export interface OpeningOptions {
  /** Whether another attempt may help; anything else fails at once. */
  readonly isLoss: (error: unknown) => boolean;
  /** Told of a loss before the next attempt: the first is 1. */
  readonly onAgain?: (attempt: number) => void;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Runs `open` until it succeeds, three times at most.
 * @param open makes a new worker each time
 * @throws what the last attempt threw
 */
export async function openAgain<T>(
  open: (attempt: number) => Promise<T>,
  { isLoss, onAgain = () => undefined, wait = sleep }: OpeningOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(attempt);
    } catch (error) {
      const pause = PAUSES[attempt - 1];
      if (pause === undefined || !isLoss(error)) throw error;
      onAgain(attempt + 1);
      await wait(pause);
    }
  }
}

/**
 * As `answer`, unless it takes too long.
 * @param what was asked, for the error
 * @throws DeviceLostError after `milliseconds` without an answer
 */
export function answered<T>(what: string, answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new DeviceLostError(`${what}: no answer within ${milliseconds / 1000} s`));
    const timer = setTimeout(late, milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
